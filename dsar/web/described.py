"""The API's description, OpenAPI 3.1: what each route does in a sentence, how a key is sent, how errors look."""

import inspect
from collections.abc import Iterable
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from dsar import __version__
from dsar.web.problems import PROBLEM_JSON, TITLES, Problem

KEY: list[dict[str, list[str]]] = [{"key": []}]
EVERYWHERE = (400, 409, 413, 415, 422, 503)
BEHIND_A_KEY = (401, 403, 404, 410)


def described(handlers: Iterable[HTTPRouteHandler], *statuses: int) -> list[HTTPRouteHandler]:
    """The same handlers, each with its docstring's first sentence as its summary and with the errors it may give."""
    found = list(handlers)
    for handler in found:
        first = (inspect.getdoc(handler.fn) or "").splitlines()[0]
        handler.summary = first.rstrip(".")
        handler.responses = _problems(sorted((*EVERYWHERE, *statuses)))
    return found


def _problems(statuses: Iterable[int]) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(
            Problem, description=TITLES[status][1], media_type=PROBLEM_JSON, generate_examples=False
        )
        for status in statuses
    }


def operation_id(handler: HTTPRouteHandler, *_: Any) -> str:
    """Face and act, for example `staff_list_cases`: unique over the faces."""
    face = handler.fn.__module__.rpartition("_")[2]
    return f"{face}_{handler.handler_name}"


def description() -> OpenAPIConfig:
    """How the document is made."""
    return OpenAPIConfig(
        title="DSAR service",
        version=__version__,
        description="Data-subject requests: intake, triage, and the customer-controllers' side.",
        path="/openapi",
        render_plugins=[JsonRenderPlugin(path="/schema.json")],
        operation_id_creator=operation_id,
        components=Components(
            security_schemes={
                "key": SecurityScheme(
                    type="http", scheme="bearer", description="A staff member's or a controller's."
                )
            }
        ),
    )


__all__ = ["BEHIND_A_KEY", "KEY", "described", "description"]
