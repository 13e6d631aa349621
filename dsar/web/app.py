"""The application: every face on one service, with limits and headers that hold for all."""

from typing import Any

from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException

from dsar.domain.errors import InvalidInput, NotFound
from dsar.engine import Service
from dsar.vault import VaultError
from dsar.web import machines
from dsar.web.described import description
from dsar.web.edge import add_headers
from dsar.web.limits import say_what_is_left
from dsar.web.opendsr_signed import SignedAnswers
from dsar.web.pages import AllPages, Pages
from dsar.web.problems import on_any, on_http, on_invalid, on_key_gone, on_not_found, on_too_deep
from dsar.web.routers import faces


def behind(service: Service) -> dict[str, Any]:
    """What an application's state holds; all that a handler is given comes from there, so that it can be exchanged."""
    return {"service": service, "pages": AllPages(service)}


async def served(state: State) -> Service:
    """The service that this application stands before."""
    service: Service = state.service
    return service


async def asked_for(request: Request[Any, Any, Any]) -> Pages:
    """Its pages, as whoever asks reads them."""
    pages: AllPages = request.app.state.pages
    return pages.asked_by(request)


def create_app(service: Service) -> Litestar:
    """The application on an open service."""
    app = Litestar(
        route_handlers=[*faces(service.settings.upload_bytes_max), *machines.HANDLERS],
        dependencies={
            "service": Provide(served),
            "pages": Provide(asked_for),
        },
        exception_handlers={
            InvalidInput: on_invalid,
            NotFound: on_not_found,
            VaultError: on_key_gone,
            HTTPException: on_http,
            RecursionError: on_too_deep,
            Exception: on_any,
        },
        state=State(behind(service)),
        request_max_body_size=service.settings.body_bytes_max,
        openapi_config=description(),
        before_send=[add_headers, say_what_is_left],
        logging_config=None,
        debug=False,
    )
    app.asgi_handler = SignedAnswers(app.asgi_handler, app.state)
    return app


__all__ = ["behind", "create_app"]
