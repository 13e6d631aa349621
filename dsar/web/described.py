"""The API's description, OpenAPI 3.1: what each route does in a sentence, how a key is sent, how errors look."""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
    SecurityScheme,
)
from litestar.openapi.spec.enums import OpenAPIFormat

from dsar import __version__
from dsar.web.once import HEADER, KEY_LENGTH_MAX, REQUIRED
from dsar.web.problems import PROBLEM_JSON, TITLES, Problem

KEY: list[dict[str, list[str]]] = [{"key": []}]
EVERYWHERE = (400, 409, 413, 415, 422, 503)
BEHIND_A_KEY = (401, 403, 404, 410, 429)


def described(handlers: Iterable[HTTPRouteHandler], *statuses: int) -> list[HTTPRouteHandler]:
    """The same handlers, each with its docstring's first sentence as its summary and with the errors it may give."""
    found = list(handlers)
    for handler in found:
        first = (inspect.getdoc(handler.fn) or "").splitlines()[0]
        handler.summary = first.rstrip(".")
        handler.responses = {**(handler.responses or {}), **_problems(sorted((*EVERYWHERE, *statuses)))}
        if "once" in handler.opt:
            handler.operation_class = _operation(handler)
    return found


@dataclass
class _Once(Operation):
    """A call that can be sent again without being done again: it takes an `Idempotency-Key`."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or ()), _key(required=False)]


@dataclass
class _OnceFile(_Once):
    """The same, and its body is a file as it is."""

    def __post_init__(self) -> None:
        super().__post_init__()
        content = {
            "*/*": OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        }
        self.request_body = RequestBody(content, description="The file's bytes.", required=True)
        name = Parameter(
            name="Content-Disposition",
            param_in="header",
            required=True,
            schema=Schema(type=OpenAPIType.STRING),
            description="The file's name: `attachment; filename*=UTF-8''…`.",
        )
        self.parameters = [*(self.parameters or ()), name]


@dataclass
class _OnceRequired(Operation):
    """The same, and it is not taken without one."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or ()), _key(required=True)]


def _key(*, required: bool) -> Parameter:
    return Parameter(
        name=HEADER,
        param_in="header",
        required=required,
        schema=Schema(type=OpenAPIType.STRING, min_length=1, max_length=KEY_LENGTH_MAX),
        description="A fresh UUID, in quotes or bare; what is sent again with it is answered as the first time.",
    )


def _problems(statuses: Iterable[int]) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(
            Problem, description=TITLES[status][1], media_type=PROBLEM_JSON, generate_examples=False
        )
        for status in statuses
    }


def _operation(handler: HTTPRouteHandler) -> type[Operation]:
    if handler.opt["once"] == REQUIRED:
        return _OnceRequired
    return _OnceFile if handler.opt.get("file") else _Once


def operation_id(handler: HTTPRouteHandler, *_: Any) -> str:
    """Face and act, for example `staff_list_cases`: unique over the faces."""
    face = handler.fn.__module__.rpartition("_")[2]
    return f"{face}_{handler.handler_name}"


def description() -> OpenAPIConfig:
    """How the document is made."""
    return OpenAPIConfig(
        title="DSAR service",
        version=__version__,
        description=(
            "Data-subject requests: intake, triage, and the customer-controllers' side. Every answer to a key says "
            "by RateLimit and RateLimit-Policy how often it may still call."
        ),
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
