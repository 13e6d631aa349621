"""Each face's router: its calls, who may make them, and what they take."""

from litestar import Router
from litestar.di import Provide

from dsar.web import (
    api_acts,
    api_bundle,
    api_controller,
    api_controllers,
    api_decisions,
    api_deliveries,
    api_endpoint,
    api_filing,
    api_findings,
    api_holds,
    api_keys,
    api_links,
    api_plans,
    api_public,
    api_recordings,
    api_redactions,
    api_release,
    api_staff,
    api_standing,
    api_supplements,
    api_systems,
    api_tasks,
    api_team,
    api_transfers,
    business,
    business_case,
    downloads,
    opendsr,
    opendsr_discovery,
    public,
    transfers,
)
from dsar.web.auth import holds_a_controllers_key, holds_a_staff_key, provide_controller, provide_staff
from dsar.web.described import BEHIND_A_KEY, KEY, described
from dsar.web.edge import names_a_reference, takes_forms, takes_json
from dsar.web.queries import knows_its_query
from dsar.web.visiting import (
    FromElsewhere,
    NotSignedIn,
    on_from_elsewhere,
    on_not_signed_in,
    provide_guest,
    sent_from_here,
)


def faces(upload_bytes_max: int) -> list[Router]:
    """All but the machines' calls, which stand for themselves."""
    return [
        _people(),
        _businesses(),
        Router("/", route_handlers=described(api_public.HANDLERS), guards=[takes_json, knows_its_query]),
        _staff(),
        _files(upload_bytes_max),
        _controllers(),
        # The protocol describes itself: what it says stands in no document of ours.
        Router("/", route_handlers=opendsr_discovery.HANDLERS, include_in_schema=False),
        _protocol(),
    ]


def _people() -> Router:
    return Router(
        "/",
        route_handlers=[*public.HANDLERS, *downloads.HANDLERS, *transfers.HANDLERS],
        guards=[takes_forms, names_a_reference],
        include_in_schema=False,
    )


def _businesses() -> Router:
    return Router(
        "/",
        route_handlers=[*business.HANDLERS, *business_case.HANDLERS],
        dependencies={"guest": Provide(provide_guest)},
        guards=[sent_from_here, takes_forms],
        exception_handlers={NotSignedIn: on_not_signed_in, FromElsewhere: on_from_elsewhere},
        include_in_schema=False,
    )


def _staff() -> Router:
    return Router(
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
                *api_findings.HANDLERS,
                *api_links.HANDLERS,
                *api_recordings.HANDLERS,
                *api_redactions.HANDLERS,
                *api_release.HANDLERS,
                *api_supplements.HANDLERS,
                *api_transfers.HANDLERS,
            ],
            *BEHIND_A_KEY,
        ),
        dependencies={"staff": Provide(provide_staff)},
        guards=[holds_a_staff_key, takes_json, knows_its_query],
        security=KEY,
    )


def _files(bytes_max: int) -> Router:
    """Files are of any media type, and of a size of their own."""
    return Router(
        "/",
        route_handlers=described(api_tasks.UPLOADS, *BEHIND_A_KEY),
        dependencies={"staff": Provide(provide_staff)},
        guards=[holds_a_staff_key, knows_its_query],
        security=KEY,
        request_max_body_size=bytes_max,
    )


def _controllers() -> Router:
    return Router(
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
        guards=[holds_a_controllers_key, takes_json, knows_its_query],
        security=KEY,
    )


def _protocol() -> Router:
    return Router(
        "/",
        route_handlers=opendsr.HANDLERS,
        dependencies={"controller": Provide(provide_controller)},
        guards=[holds_a_controllers_key, takes_json],
        include_in_schema=False,
    )
