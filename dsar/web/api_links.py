"""Links to an answer: who fetched it, ended, sent anew: `/api/v1/cases/{id}/links`."""

from litestar.handlers import HTTPRouteHandler

HANDLERS: list[HTTPRouteHandler] = []
