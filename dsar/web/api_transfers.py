"""Answers that go straight to another controller, GDPR 20(2): `/api/v1/cases/{id}/transfers`."""

from litestar.handlers import HTTPRouteHandler

HANDLERS: list[HTTPRouteHandler] = []
