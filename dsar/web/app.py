"""The application: every face on one service, with limits and headers that hold for all."""

from litestar import Litestar, Router
from litestar.config.response_cache import ResponseCacheConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from dsar import __version__
from dsar.domain.errors import InvalidInput, NotFound
from dsar.engine import Service
from dsar.vault import VaultError
from dsar.web import api_controller, api_public, api_staff, machines, public
from dsar.web.auth import provide_controller, provide_staff
from dsar.web.pages import Pages
from dsar.web.problems import on_any, on_http, on_invalid, on_key_gone, on_not_found

# Nothing is loaded from elsewhere, no script runs, no page is framed, no address is passed on.
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "interest-cohort=()",
}


def create_app(service: Service) -> Litestar:
    """The application on an open service."""
    pages = Pages(service)
    staff = Router("/", route_handlers=api_staff.HANDLERS, dependencies={"staff": Provide(provide_staff)})
    controllers = Router(
        "/",
        route_handlers=api_controller.HANDLERS,
        dependencies={"controller_id": Provide(provide_controller)},
    )
    return Litestar(
        route_handlers=[*public.HANDLERS, *api_public.HANDLERS, *machines.HANDLERS, staff, controllers],
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False),
            "pages": Provide(lambda: pages, sync_to_thread=False),
        },
        exception_handlers={
            InvalidInput: on_invalid,
            NotFound: on_not_found,
            VaultError: on_key_gone,
            HTTPException: on_http,
            Exception: on_any,
        },
        state=State({"service": service, "pages": pages}),
        request_max_body_size=service.settings.body_bytes_max,
        openapi_config=OpenAPIConfig(
            title="DSAR service",
            version=__version__,
            description="Data-subject requests: intake, triage, and the customer-controllers' side.",
            path="/openapi",
            render_plugins=[JsonRenderPlugin(path="/schema.json")],
        ),
        response_headers=HEADERS,
        response_cache_config=ResponseCacheConfig(default_expiration=None),
        logging_config=None,
        debug=False,
    )


__all__ = ["create_app"]
