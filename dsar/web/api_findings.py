"""What was found, paged straight from sealed segments: `/api/v1/cases/{id}/findings`."""

from litestar.handlers import HTTPRouteHandler

HANDLERS: list[HTTPRouteHandler] = []
