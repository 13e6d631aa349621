"""What would leave, and who approved exactly that: `/api/v1/cases/{id}/release`."""

from litestar.handlers import HTTPRouteHandler

HANDLERS: list[HTTPRouteHandler] = []
