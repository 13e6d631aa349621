"""The kit for systems worked by hand, on the connector `manual`, and what its settings refuse."""

import httpx
import msgspec
import pytest

from dsar.conformance import HandSuite
from dsar.contract import Erase, NeedsPerson, OrderKind, Ref, Refused, Restrict, Role, Scope, Tools
from dsar.outbound.systems import BadSystem, connector_of, settings_of
from dsar_manual import connector
from dsar_manual.settings import ManualSettings, Shelf, Work

SETTINGS = ManualSettings(
    find=Work(instruction="Look the number up in the ring binder.", within_days=5),
    export="Scan what you find.",
    collections={"letters": Shelf(category="contact", description="Letters on paper", portable=False)},
    erase=Work(instruction="Shred it, and have the protocol signed."),
    restrict=Work(instruction="Put it into the locked drawer, or back.", within_days=2),
    contact="the archive",
)
REFS = (Ref("email", "anna.virtanen@example.com"), Ref("phone", "+358401234567"))


class Binder:
    """A shelf of ring binders."""

    connector = connector
    settings = SETTINGS
    refs = REFS
    scope = Scope(Role.CONTROLLER)
    said = tuple(ref.value for ref in REFS)

    def client(self):
        return httpx.AsyncClient()


class TestManual(HandSuite):
    @pytest.fixture
    def counterpart(self):
        return Binder()


async def raised(ask):
    async with httpx.AsyncClient() as http, connector.open(SETTINGS, Tools(http)) as session:
        with pytest.raises(Refused) as caught:
            await ask(session)
    return caught.value


async def test_finding_tells_how_to_look_how_to_copy_what_to_do_with_it_and_who_knows():
    async def ask(session):
        return [match async for match in session.find(REFS, Scope(Role.CONTROLLER))]

    error = await raised(ask)
    assert isinstance(error, NeedsPerson)
    assert (error.within_days, error.evidence) == (5, False)
    first, second, third, last = str(error).splitlines()
    assert first == "Look the number up in the ring binder."
    assert second == "Scan what you find."
    assert "Upload" in third
    assert last == "Who knows the system: the archive."


async def test_an_order_wants_evidence_unless_the_settings_say_otherwise():
    async def ask(session):
        await session.carry_out(REFS[0], Scope(Role.CONTROLLER), Erase(), "key")

    error = await raised(ask)
    assert isinstance(error, NeedsPerson)
    assert (error.within_days, error.evidence) == (10, True)
    easy = msgspec.structs.replace(SETTINGS, evidence_required=False)
    async with httpx.AsyncClient() as http, connector.open(easy, Tools(http)) as session:
        with pytest.raises(NeedsPerson) as caught:
            await session.carry_out(REFS[0], Scope(Role.CONTROLLER), Restrict(), "key")
    assert caught.value.evidence is False


def test_the_orders_are_those_with_an_instruction():
    assert connector.orders(SETTINGS) == {OrderKind.ERASE, OrderKind.RESTRICT}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "find"),
        (
            {"find": {"instruction": "x"}, "collections": {"a": {"category": "c", "description": "d"}}},
            "erase",
        ),
        ({"find": {"instruction": ""}}, "find.instruction"),
        ({"find": {"instruction": "x", "within_days": 0}}, "find.within_days"),
        ({"find": {"instruction": "x"}, "collections": {}}, "collections"),
        ({"find": {"instruction": "x"}, "collections": {"a b": {}}}, "collections"),
        ({"find": {"instruction": "x"}, "holidays": 1}, "holidays"),
    ],
    ids=["nothing", "no_erase", "empty", "no_days", "no_collection", "bad_name", "unknown"],
)
def test_settings_that_cannot_be_used_are_refused_with_the_field(given, named):
    with pytest.raises(BadSystem) as caught:
        settings_of(connector_of("manual"), msgspec.json.encode(given))
    assert named in str(caught.value)
