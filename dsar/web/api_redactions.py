"""What staff withholds or lets go: `/api/v1/cases/{id}/redactions`."""

from litestar.handlers import HTTPRouteHandler

HANDLERS: list[HTTPRouteHandler] = []
