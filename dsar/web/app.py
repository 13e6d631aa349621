"""The application: every face on one service, with limits and headers that hold for all."""

from typing import Any

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException

from dsar.domain.errors import InvalidInput, NotFound
from dsar.engine import Service
from dsar.vault import VaultError
from dsar.web import (
    api_acts,
    api_controller,
    api_decisions,
    api_holds,
    api_public,
    api_staff,
    machines,
    public,
)
from dsar.web.auth import holds_a_controllers_key, holds_a_staff_key, provide_controller, provide_staff
from dsar.web.described import BEHIND_A_KEY, KEY, described, description
from dsar.web.edge import add_headers, names_a_reference, takes_forms, takes_json
from dsar.web.limits import say_what_is_left
from dsar.web.pages import AllPages, Pages
from dsar.web.problems import on_any, on_http, on_invalid, on_key_gone, on_not_found, on_too_deep


def create_app(service: Service) -> Litestar:
    """The application on an open service."""
    pages = AllPages(service)

    async def asked_for(request: Request[Any, Any, Any]) -> Pages:
        return pages.asked_by(request)

    return Litestar(
        route_handlers=[*_faces(), *machines.HANDLERS],
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False),
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
        state=State({"service": service, "pages": pages}),
        request_max_body_size=service.settings.body_bytes_max,
        openapi_config=description(),
        before_send=[add_headers, say_what_is_left],
        logging_config=None,
        debug=False,
    )


def _faces() -> list[Router]:
    people = Router(
        "/", route_handlers=public.HANDLERS, guards=[takes_forms, names_a_reference], include_in_schema=False
    )
    everybody = Router("/", route_handlers=described(api_public.HANDLERS), guards=[takes_json])
    staff = Router(
        "/",
        route_handlers=described(
            [*api_staff.HANDLERS, *api_acts.HANDLERS, *api_decisions.HANDLERS, *api_holds.HANDLERS],
            *BEHIND_A_KEY,
        ),
        dependencies={"staff": Provide(provide_staff)},
        guards=[holds_a_staff_key, takes_json],
        security=KEY,
    )
    controllers = Router(
        "/",
        route_handlers=described(api_controller.HANDLERS, *BEHIND_A_KEY),
        dependencies={"controller": Provide(provide_controller)},
        guards=[holds_a_controllers_key, takes_json],
        security=KEY,
    )
    return [people, everybody, staff, controllers]


__all__ = ["create_app"]
