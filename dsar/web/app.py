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
    api_bundle,
    api_controller,
    api_controllers,
    api_decisions,
    api_deliveries,
    api_endpoint,
    api_filing,
    api_holds,
    api_keys,
    api_plans,
    api_public,
    api_staff,
    api_standing,
    api_systems,
    api_tasks,
    api_team,
    business,
    business_case,
    machines,
    opendsr,
    opendsr_discovery,
    public,
)
from dsar.web.auth import holds_a_controllers_key, holds_a_staff_key, provide_controller, provide_staff
from dsar.web.described import BEHIND_A_KEY, KEY, described, description
from dsar.web.edge import add_headers, names_a_reference, takes_forms, takes_json
from dsar.web.limits import say_what_is_left
from dsar.web.opendsr_signed import SignedAnswers
from dsar.web.pages import AllPages, Pages
from dsar.web.problems import on_any, on_http, on_invalid, on_key_gone, on_not_found, on_too_deep
from dsar.web.visiting import (
    FromElsewhere,
    NotSignedIn,
    on_from_elsewhere,
    on_not_signed_in,
    provide_guest,
    sent_from_here,
)


def create_app(service: Service) -> Litestar:
    """The application on an open service."""
    pages = AllPages(service)

    async def asked_for(request: Request[Any, Any, Any]) -> Pages:
        return pages.asked_by(request)

    app = Litestar(
        route_handlers=[*_faces(service), *machines.HANDLERS],
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
    app.asgi_handler = SignedAnswers(app.asgi_handler, service.signing)
    return app


def _faces(service: Service) -> list[Router]:
    people = Router(
        "/", route_handlers=public.HANDLERS, guards=[takes_forms, names_a_reference], include_in_schema=False
    )
    businesses = Router(
        "/",
        route_handlers=[*business.HANDLERS, *business_case.HANDLERS],
        dependencies={"guest": Provide(provide_guest)},
        guards=[sent_from_here, takes_forms],
        exception_handlers={NotSignedIn: on_not_signed_in, FromElsewhere: on_from_elsewhere},
        include_in_schema=False,
    )
    everybody = Router("/", route_handlers=described(api_public.HANDLERS), guards=[takes_json])
    staff = Router(
        "/",
        route_handlers=described(
            [
                *api_staff.HANDLERS,
                *api_acts.HANDLERS,
                *api_tasks.HANDLERS,
                *api_plans.HANDLERS,
                *api_decisions.HANDLERS,
                *api_holds.HANDLERS,
                *api_controllers.HANDLERS,
                *api_systems.HANDLERS,
            ],
            *BEHIND_A_KEY,
        ),
        dependencies={"staff": Provide(provide_staff)},
        guards=[holds_a_staff_key, takes_json],
        security=KEY,
    )
    # Files are of any media type, and of a size of their own.
    files = Router(
        "/",
        route_handlers=described(api_tasks.UPLOADS, *BEHIND_A_KEY),
        dependencies={"staff": Provide(provide_staff)},
        guards=[holds_a_staff_key],
        security=KEY,
        request_max_body_size=service.settings.upload_bytes_max,
    )
    controllers = Router(
        "/",
        route_handlers=[
            *described(
                [
                    *api_controller.HANDLERS,
                    *api_filing.HANDLERS,
                    *api_standing.HANDLERS,
                    *api_keys.HANDLERS,
                    *api_team.HANDLERS,
                    *api_endpoint.HANDLERS,
                    *api_deliveries.HANDLERS,
                ],
                *BEHIND_A_KEY,
            ),
            *described(api_bundle.HANDLERS, *BEHIND_A_KEY, 416),
        ],
        dependencies={"controller": Provide(provide_controller)},
        guards=[holds_a_controllers_key, takes_json],
        security=KEY,
    )
    # The protocol describes itself: what it says stands in no document of ours.
    discoverers = Router("/", route_handlers=opendsr_discovery.HANDLERS, include_in_schema=False)
    protocol = Router(
        "/",
        route_handlers=opendsr.HANDLERS,
        dependencies={"controller": Provide(provide_controller)},
        guards=[holds_a_controllers_key, takes_json],
        include_in_schema=False,
    )
    return [people, businesses, everybody, staff, files, controllers, discoverers, protocol]


__all__ = ["create_app"]
