"""Somebody asks in another's name: nothing is told, nothing is looked up, nothing is done. Law, section 5, 1 to 10."""

import re
from typing import Any

import httpx
import pytest

from dsar.store.queries import Query

from .recorder import Recorder
from .world import KNOWN, KNOWN_PHONE, UNKNOWN, UNKNOWN_PHONE, Controller, World

REFERENCE = re.compile(r"R(-[0-9A-Z]{4}){4}")


def shape(answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    """An answer without its random reference."""
    headers = {name: REFERENCE.sub("R", value) for name, value in answer.headers.items()}
    return answer.status_code, headers, REFERENCE.sub("R", answer.text)


def form(email: str, phone: str = "", **more: Any) -> dict[str, Any]:
    return {"rights": ["access", "erasure"], "relations": ["prospect"], "email": email, "phone": phone} | more


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of every statement that is run."""
    run: list[str] = []
    plain = Query.args

    def listening(self: Query, values: dict[str, Any]) -> list[Any]:
        run.append(self.name)
        return plain(self, values)

    monkeypatch.setattr(Query, "args", listening)
    return run


async def test_the_api_answers_the_same_for_a_known_and_an_unknown_person(world: World) -> None:
    known, unknown = await world.post(email=KNOWN), await world.post(email=UNKNOWN)
    assert known.status_code == 202
    assert shape(known) == shape(unknown)


async def test_the_form_answers_the_same_for_a_known_and_an_unknown_person(world: World) -> None:
    known = await world.client.post("/requests", data=form(KNOWN, KNOWN_PHONE))
    unknown = await world.client.post("/requests", data=form(UNKNOWN, UNKNOWN_PHONE))
    assert known.status_code == 303
    assert shape(known) == shape(unknown)


@pytest.mark.parametrize("page", ["verify", "requests"])
async def test_the_pages_of_a_request_are_the_same_for_a_known_and_an_unknown_person(
    world: World, page: str
) -> None:
    # Of one length and one first letter, so that the masks agree too.
    known = await world.asked(email="anna.known@example.com")
    unknown = await world.asked(email="alba.nobod@example.com")
    world.clock.at = world.clock.at.replace(microsecond=0)
    first, second = await world.client.get(f"/{page}/{known}"), await world.client.get(f"/{page}/{unknown}")
    assert first.status_code == 200
    assert shape(first) == shape(second)


async def test_the_same_statements_run_for_a_known_and_an_unknown_person(
    world: World, statements: list[str]
) -> None:
    """Time tells as well as words do: so the same work is done."""
    await world.post(email=KNOWN, phone=KNOWN_PHONE, relations=["prospect", "caller"])
    known = list(statements)
    statements.clear()
    await world.post(email=UNKNOWN, phone=UNKNOWN_PHONE, relations=["prospect", "caller"])
    assert known == statements
    assert known


async def test_no_system_is_asked_before_a_code_came_back(world: World, recorder: Recorder) -> None:
    reference = await world.asked(email=KNOWN, phone=KNOWN_PHONE, relations=["prospect", "caller"])
    await world.drain()
    await world.type_code(reference, "email", "000000")
    await world.client.post(f"/verify/{reference}/continue")
    await world.client.get(f"/requests/{reference}")
    await world.drain()
    assert recorder.calls == []
    states = {case["state"] for case in await world.cases(reference)}
    assert states == {"awaiting_identity"}


async def test_nothing_is_erased_without_the_code(world: World, recorder: Recorder) -> None:
    before = dict(recorder.people)
    reference = await world.asked(rights=["erasure", "objection"], email=KNOWN)
    for code in ("000000", "", "000000000000", "abcdef"):
        await world.type_code(reference, "email", code)
    world.clock.forward(days=40)
    await world.drain()
    assert recorder.calls == []
    assert recorder.people == before
    assert (await world.counts())["suppression"] == 0


async def test_one_with_the_mailbox_gets_only_what_that_mailbox_leads_to(
    world: World, recorder: Recorder
) -> None:
    """The impostor proves an address of his own and claims the telephone of somebody else."""
    reference = await world.asked(email=UNKNOWN, phone=KNOWN_PHONE, relations=["prospect"])
    await world.prove(reference, to=UNKNOWN)
    await world.drain()
    assert recorder.calls == []
    await world.client.post(f"/verify/{reference}/continue")
    await world.drain()
    assert {ref.value for ref in recorder.refs_seen} == {UNKNOWN}


async def test_a_late_code_does_not_widen_a_search_that_has_begun(world: World, recorder: Recorder) -> None:
    reference = await world.asked(email=UNKNOWN, phone=KNOWN_PHONE, relations=["prospect"])
    phone_code = await world.code(KNOWN_PHONE)
    await world.prove(reference, to=UNKNOWN)
    await world.client.post(f"/verify/{reference}/continue")
    late = await world.type_code(reference, "phone", phone_code)
    await world.drain()
    assert late.status_code == 422
    assert {ref.value for ref in recorder.refs_seen} == {UNKNOWN}


async def test_the_code_of_one_request_does_not_open_another(world: World) -> None:
    mine, theirs = await world.asked(email=UNKNOWN), await world.asked(email=KNOWN)
    answer = await world.type_code(theirs, "email", await world.code(UNKNOWN))
    assert answer.status_code == 422
    assert (await world.cases(theirs))[0]["state"] == "awaiting_identity"
    await world.prove(mine, to=UNKNOWN)


async def test_a_code_to_the_telephone_does_not_prove_the_mail_address(world: World) -> None:
    reference = await world.asked(email=KNOWN, phone=UNKNOWN_PHONE)
    answer = await world.type_code(reference, "email", await world.code(UNKNOWN_PHONE))
    assert answer.status_code == 422
    proven = await world.rows("SELECT kind FROM identity WHERE proven_at IS NOT NULL")
    assert proven == []


async def test_a_proof_in_one_request_is_none_in_the_next(world: World, recorder: Recorder) -> None:
    first = await world.asked(email=KNOWN)
    await world.prove(first)
    await world.drain()
    recorder.calls.clear()
    second = await world.asked(email=KNOWN)
    await world.drain()
    assert (await world.cases(second))[0]["state"] == "awaiting_identity"
    assert recorder.calls == []


@pytest.mark.parametrize("page", ["verify", "requests"])
async def test_a_page_of_a_request_shows_no_address(world: World, page: str) -> None:
    reference = await world.asked(
        email=KNOWN,
        phone=KNOWN_PHONE,
        account_id="acct-778",
        message="my secret",
        business="Acme Ltd",
        relations=["caller"],
    )
    text = (await world.client.get(f"/{page}/{reference}")).text
    for personal in (
        KNOWN,
        "anna",
        "known@",
        "example.com",
        KNOWN_PHONE,
        "401234567",
        "1234",
        "acct-778",
        "secret",
        "Acme",
    ):
        assert personal not in text


async def test_the_proof_page_shows_each_address_masked(world: World) -> None:
    reference = await world.asked(email=KNOWN, phone=KNOWN_PHONE)
    text = (await world.client.get(f"/verify/{reference}")).text
    assert "a…@e…" in text
    assert "…67" in text


async def test_a_caller_learns_not_which_business_holds_anything(
    world: World, controller: Controller
) -> None:
    """The letter and the pages are the same for a caller that a business holds and for one that none does."""
    letters, pages = [], []
    for phone in (KNOWN_PHONE, UNKNOWN_PHONE):
        reference = await world.asked(email=None, phone=phone, relations=["caller"])
        await world.prove(reference, "phone", phone)
        await world.drain()
        letters.append(REFERENCE.sub("R", world.messages(phone)[0].text))
        page = await world.client.get(f"/requests/{reference}")
        pages.append(re.sub(r"\d\d:\d\d", "", REFERENCE.sub("R", page.text)))
    assert letters[0] == letters[1]
    assert pages[0] == pages[1]
    assert (await world.rows("SELECT count(*) AS n FROM case_file WHERE controller_id IS NOT NULL"))[0][
        "n"
    ] == 1


async def test_a_callers_case_touches_nothing_without_the_controllers_instruction(
    world: World, controller: Controller, recorder: Recorder
) -> None:
    reference = await world.asked(rights=["erasure"], email=None, phone=KNOWN_PHONE, relations=["caller"])
    await world.prove(reference, "phone", KNOWN_PHONE)
    await world.drain()
    world.clock.forward(days=29)
    await world.drain()
    assert set(recorder.calls) == {"tenants"}
    assert len(await world.cases(reference)) == 2


async def test_the_code_goes_to_the_very_address_that_is_searched(world: World, recorder: Recorder) -> None:
    """Letters that fold into others must not let mail go to one address and the search to another."""
    kelvin = "anna.\u212anown@example.com"  # KELVIN SIGN, which lowers to k
    reference = await world.asked(email=kelvin)
    await world.drain()
    staff = world.service.profile.profile.operator.contact
    (message,) = [message for message in world.messages() if message.to != staff]
    assert message.to == KNOWN
    await world.prove(reference, to=message.to)
    await world.drain()
    assert {ref.value for ref in recorder.refs_seen} == {KNOWN}
