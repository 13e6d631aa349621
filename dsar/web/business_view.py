"""A case as its business sees it on the page, read as that controller: another's looks as if it were not there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.delivery.fetching import is_there
from dsar.domain.case import Case, State
from dsar.domain.history import Event
from dsar.domain.profile import said
from dsar.domain.routing import Instruction
from dsar.domain.work import StepKind
from dsar.engine import Service
from dsar.store import Connection, cases, credentials, deliveries, events, members, steps, systems
from dsar.store.cases import CaseRow
from dsar.store.deliveries import BundleRow
from dsar.store.members import NAME_PURPOSE
from dsar.store.steps import StepRow
from dsar.store.visits import GuestRow
from dsar.vault import Vault
from dsar.web.business_host import Host, host
from dsar.web.business_story import doers, story
from dsar.web.business_wording import OUTCOMES, STATES
from dsar.web.controller_case import ControllerCaseDetail, detail
from dsar.web.pages import Pages

ENDED = frozenset({State.DELIVERED, State.CLOSED})


class Seen(Struct, frozen=True):
    """All that the page of one case is made of: what the API shows of it, and what happened in words."""

    host: Host
    case: Case
    shown: ControllerCaseDetail
    steps: list[StepRow]
    history: list[Event]
    names: dict[str, str]
    archives: list[BundleRow]
    system_titles: dict[str, str]


async def read_case(service: Service, guest: GuestRow, case_id: UUID) -> Seen:
    """Read it; raises NotFound."""
    async with service.db.read() as connection:
        titles = {system.key: system.title for system in await systems.all_known(connection)}
    async with service.db.as_controller(guest.controller_id) as connection:
        case = (await cases.one(connection, case_id)).as_shown()
        history = await events.of_case(connection, case_id)
        return Seen(
            host=await host(connection, service.vault, guest),
            case=case,
            shown=await detail(connection, service.vault, case, history, service.now()),
            steps=await steps.of_case(connection, case_id),
            history=history,
            names=await _names(connection, service.vault, guest.controller_id, doers(history)),
            archives=[
                row
                for row in await deliveries.bundles_of_case(connection, case_id)
                if is_there(row, service.now())
            ],
            system_titles=titles,
        )


async def _names(
    connection: Connection, vault: Vault, controller_id: UUID, wanted: Iterable[str]
) -> dict[str, str]:
    """What the business's people and keys are called; those who have left are named still."""
    keys = {f"key:{key.id}": key.name for key in await credentials.of_controller(connection, controller_id)}
    names = {doer: keys[doer] for doer in wanted if doer in keys}
    for doer in wanted:
        if doer.startswith("member:"):
            row = await members.one(connection, UUID(doer.removeprefix("member:")))
            names[doer] = vault.open(row.sealed_name, NAME_PURPOSE).decode()
    return names


def line(pages: Pages, row: CaseRow) -> dict[str, Any]:
    """One case in the list."""
    return {
        "id": row.id,
        "reference": row.shown_reference,
        "right": row.right.value,
        "state": state_of(pages, row),
        "done": row.state in ENDED,
        "received": row.received_at,
        "assist": row.assist_due_date,
        "statutory": row.statutory_due_date,
    }


def state_of(pages: Pages, case: Case | CaseRow) -> str:
    """Where it stands; how it ended, once it has."""
    if case.state in ENDED and case.outcome is not None:
        return pages.say(OUTCOMES[case.outcome])
    return pages.say(STATES[case.state])


def facts(service: Service, pages: Pages, seen: Seen) -> dict[str, Any]:
    """What the template of a case needs."""
    case = seen.case
    titles = service.profile.profile.categories
    return {
        "host": seen.host,
        "case": case,
        "state": state_of(pages, case),
        "done": case.state in ENDED,
        "waiting": case.state is State.AWAITING_CONTROLLER,
        "who": seen.shown.identities,
        "ours": any(e.type == "case.received" and e.actor.startswith("controller:") for e in seen.history),
        "held": [
            {"title": said(titles[key].title, pages.language) if key in titles else key, **count}
            for key, count in _by_category(seen.shown.counts).items()
        ],
        "erased": _erased(seen.steps),
        "searched": any(event.type == "search.finished" for event in seen.history),
        "questions": seen.shown.information,
        "ground": _ground(seen),
        "archives": [_archive(seen, row) for row in seen.archives],
        "story": story(pages, seen.history, seen.names),
    }


def _archive(seen: Seen, row: BundleRow) -> dict[str, Any]:
    inside = row.counted
    return {
        "number": row.number,
        "bytes": row.bytes,
        "expires": row.expires_at,
        "recordings": inside.recordings,
        "withheld": inside.withheld,
        "gaps": [seen.system_titles.get(key, key.replace("_", " ")) for key in inside.gaps],
    }


def _by_category(counts: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for count in counts:
        own = found.setdefault(str(count["category"]), {"records": 0, "attachments": 0})
        own["records"] += int(count["records"])
        own["attachments"] += int(count["attachments"])
    return found


def _erased(rows: Iterable[StepRow]) -> int | None:
    """How many items the orders to erase removed; None where none has said so yet."""
    said_so = [
        int(row.detail["changed"])
        for row in rows
        if row.kind is StepKind.ORDER and row.payload["order"] == "erase" and "changed" in row.detail
    ]
    return sum(said_so) if said_so else None


def _ground(seen: Seen) -> str | None:
    """The business's own words of refusal."""
    said_so = (one.ground for one in seen.shown.instructions if one.instruction == Instruction.REFUSE.value)
    return next(said_so, None)
