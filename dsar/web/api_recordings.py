"""Recordings, to be heard as they are and as they would leave: `/api/v1/cases/{id}/recordings`."""

from litestar.handlers import HTTPRouteHandler

HANDLERS: list[HTTPRouteHandler] = []
