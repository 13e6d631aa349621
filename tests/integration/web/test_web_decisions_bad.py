"""Bad input to staff's decisions and questions: the field is named, no value repeated, nothing written."""

import base64
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from dsar.outbound import installed
from dsar.settings import Settings

from .conftest import fresh_database
from .recorder import Recorder
from .test_web_bad_input import LONG, SECRET, checked
from .test_web_decisions import CORRECTION, PROFILE, ROUTES, finish_all, waiting
from .world import KNOWN, Staff, World, open_world


@pytest.fixture(scope="module")
async def desk(
    embedded: Any, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, Staff, dict[str, UUID]]]:
    """A case of each right that waits for its decision, one that waits for a proof, a restriction that stands."""
    folder = tmp_path_factory.mktemp("decisions")
    recorder = Recorder()
    recorder.people[None, "email", KNOWN] = [{"name": "Anna Known"}]
    installed()["recorder"] = recorder
    async with fresh_database(embedded, template_database) as url:
        settings = Settings(
            database_url=url,
            blob_url=f"file://{folder / 'blobs'}",
            operator_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            local_outbox=str(folder / "outbox"),
            profile=str(PROFILE),
        )
        async with open_world(settings, recorder) as world:
            staff = await world.staff()
            cases = {
                right: await waiting(world, right) for right in ("rectification", "restriction", "objection")
            }
            cases["swiss"] = await waiting(world, "rectification", residence="CH")
            cases["asked"] = await waiting(world, "rectification")
            fee = {"type": "fee_requested", "amount": "25 €", "reasons": "x"}
            assert (await staff.act(cases["asked"], "facts", **fee)).status_code == 200
            cases["stands"] = await waiting(world, "restriction")
            await staff.act(cases["stands"], "decision", **ROUTES["decision"])
            await finish_all(world, staff, cases["stands"])
            reference = await world.asked()
            cases["claimed"] = UUID(str((await world.cases(reference))[0]["id"]))
            await world.drain()
            world.clock.forward(hours=1)
            yield world, staff, cases
    del installed()["recorder"]


def rectify(**changed: Any) -> dict[str, Any]:
    return {"kind": "rectify", "corrections": [CORRECTION | changed]}


def values(**given: Any) -> dict[str, Any]:
    return rectify(values=given)


def refused(**given: Any) -> dict[str, Any]:
    part = {"what": "x", "ground": "not_wrong", "text": "x"} | given
    return {"kind": "rectify", "corrections": [], "refused": [part]}


WEIGH = {"kind": "weigh", "outcome": "stop", "reasons": "x"}
NULL = f"{SECRET}\x00"

BAD_DECISIONS: list[tuple[str, dict[str, Any], int, str]] = [
    ("rectification", {"kind": "fly"}, 400, "kind"),
    ("rectification", {"kind": 3}, 400, "kind"),
    ("rectification", {"corrections": []}, 400, "kind"),
    ("rectification", {"kind": "rectify"}, 400, "corrections"),
    ("rectification", {"kind": "rectify", "corrections": []}, 422, "corrections"),
    ("rectification", {"kind": "rectify", "corrections": {}}, 400, "corrections"),
    ("rectification", {"kind": "rectify", "corrections": [CORRECTION] * 51}, 400, "corrections"),
    ("rectification", {"kind": "rectify", "corrections": [CORRECTION] * 2}, 422, "corrections[1].values"),
    ("rectification", {"kind": "restrict", "ground": "18(1)(a)"}, 422, "kind"),
    ("rectification", WEIGH, 422, "kind"),
    ("rectification", rectify(system="nowhere"), 422, "corrections[0].system"),
    ("rectification", rectify(system=SECRET * 10), 400, "corrections[0].system"),
    ("rectification", rectify(system="a b"), 400, "corrections[0].system"),
    ("rectification", rectify(system="\x00"), 400, "corrections[0].system"),
    ("rectification", rectify(collection=""), 400, "corrections[0].collection"),
    ("rectification", rectify(collection="x; DROP TABLE"), 400, "corrections[0].collection"),
    ("rectification", rectify(values={}), 400, "corrections[0].values"),
    ("rectification", rectify(values=[]), 400, "corrections[0].values"),
    ("rectification", rectify(values={f"f{n}": 1 for n in range(51)}), 400, "corrections[0].values"),
    ("rectification", values(**{f"{SECRET} lives in Turku": 1}), 400, "corrections[0].values"),
    ("rectification", values(**{"a\x00b": 1}), 400, "corrections[0].values"),
    ("rectification", values(**{"": 1}), 400, "corrections[0].values"),
    ("rectification", values(**{"n" * 64: 1}), 400, "corrections[0].values"),
    ("rectification", values(name=LONG), 400, "corrections[0].values[...]"),
    ("rectification", values(name=NULL), 422, "corrections[0].values"),
    ("rectification", values(name=[SECRET]), 400, "corrections[0].values[...]"),
    ("rectification", values(name={"a": {"b": {"c": SECRET}}}), 400, "corrections[0].values[...]"),
    ("rectification", values(name=2**64), 400, "corrections[0].values[...]"),
    ("rectification", values(name=-(2**70)), 400, "corrections[0].values[...]"),
    ("rectification", refused(ground=SECRET), 400, "refused[0].ground"),
    ("rectification", refused(ground="GDPR 16"), 400, "refused[0].ground"),
    ("rectification", refused(what=""), 422, "refused[0].what"),
    ("rectification", refused(text=NULL), 422, "refused[0].text"),
    ("rectification", refused(text=LONG), 400, "refused[0].text"),
    ("restriction", {"kind": "restrict"}, 400, "ground"),
    ("restriction", {"kind": "restrict", "ground": "18(1)(z)"}, 400, "ground"),
    ("restriction", {"kind": "restrict", "ground": ["18(1)(a)"]}, 400, "ground"),
    ("restriction", rectify(), 422, "kind"),
    ("objection", WEIGH | {"outcome": "perhaps"}, 400, "outcome"),
    ("objection", WEIGH | {"reasons": " "}, 422, "reasons"),
    ("objection", WEIGH | {"reasons": NULL}, 422, "reasons"),
    ("objection", WEIGH | {"reasons": LONG}, 400, "reasons"),
    ("objection", WEIGH | {"categories": ["gossip"]}, 422, "categories"),
    ("objection", WEIGH | {"categories": ["contact"] * 51}, 400, "categories"),
    ("objection", WEIGH | {"categories": "contact"}, 400, "categories"),
    ("claimed", {"kind": "restrict", "ground": "18(1)(a)"}, 422, "kind"),
]


@pytest.mark.parametrize(("case", "body", "status", "field"), BAD_DECISIONS)
async def test_a_bad_decision_names_its_field_repeats_nothing_and_writes_nothing(
    desk: tuple[World, Staff, dict[str, UUID]], case: str, body: dict[str, Any], status: int, field: str
) -> None:
    world, staff, cases = desk
    before = await world.counts()
    checked(await staff.act(cases[case], "decision", **body), status, field)
    assert await world.counts() == before


IDENTITY = ROUTES["facts"]
DELAY = {"type": "delay_notice", "reasons": "x", "new_date": "2026-05-20"}
CAME = {"type": "received", "what": "fee", "at": "2026-03-02T10:30:00Z"}

BAD_FACTS: list[tuple[str, dict[str, Any], int, str]] = [
    ("claimed", {"type": "fly"}, 400, "type"),
    ("claimed", {"doubt": "x"}, 400, "type"),
    ("claimed", IDENTITY | {"doubt": ""}, 422, "doubt"),
    ("claimed", IDENTITY | {"doubt": NULL}, 422, "doubt"),
    ("claimed", IDENTITY | {"doubt": LONG}, 400, "doubt"),
    ("claimed", IDENTITY | {"asked": []}, 400, "asked"),
    ("claimed", IDENTITY | {"asked": ["passport_copy"]}, 400, "asked[0]"),
    ("claimed", IDENTITY | {"asked": ["id_seen"] * 5}, 400, "asked"),
    ("claimed", IDENTITY | {"asked": ["id_seen"] * 2}, 422, "asked"),
    ("claimed", {"type": "clarification_requested", "question": "Which year?"}, 409, "case"),
    ("rectification", {"type": "clarification_requested", "question": " \n"}, 422, "question"),
    ("rectification", {"type": "fee_requested", "amount": "", "reasons": "x"}, 422, "amount"),
    ("rectification", {"type": "fee_requested", "amount": "25 €", "reasons": NULL}, 422, "reasons"),
    ("rectification", {"type": "fee_requested", "amount": 25, "reasons": "x"}, 400, "amount"),
    ("rectification", DELAY, 409, "type"),
    ("swiss", DELAY | {"new_date": "2026-02-30"}, 400, "new_date"),
    ("swiss", DELAY | {"new_date": "0001-01-01"}, 422, "new_date"),
    ("swiss", DELAY | {"new_date": "9999-12-31"}, 422, "new_date"),
    ("swiss", DELAY | {"new_date": "2026-03-10"}, 422, "new_date"),
    ("swiss", DELAY | {"reasons": "\x1b"}, 422, "reasons"),
    ("rectification", CAME, 409, "what"),
    ("asked", CAME | {"what": "money"}, 400, "what"),
    ("asked", CAME | {"at": "2026-03-02T10:00:00"}, 422, "at"),
    ("asked", CAME | {"at": "2999-01-01T00:00:00Z"}, 422, "at"),
    ("asked", CAME | {"at": "0001-01-01T00:00:00+23:00"}, 422, "at"),
    ("asked", CAME | {"at": "9999-12-31T23:59:59-23:00"}, 422, "at"),
    ("asked", CAME | {"at": "2026-03-01T00:00:00Z"}, 422, "at"),
    ("asked", CAME | {"at": "yesterday"}, 400, "at"),
    ("asked", CAME | {"at": 1}, 422, "at"),
]


@pytest.mark.parametrize(("case", "body", "status", "field"), BAD_FACTS)
async def test_a_bad_fact_names_its_field_repeats_nothing_and_writes_nothing(
    desk: tuple[World, Staff, dict[str, UUID]], case: str, body: dict[str, Any], status: int, field: str
) -> None:
    world, staff, cases = desk
    before = await world.counts()
    checked(await staff.act(cases[case], "facts", **body), status, field)
    assert await world.counts() == before


BAD_LIFTINGS: list[tuple[dict[str, Any], int, str]] = [
    ({"lifted_on": "2026-03-03"}, 422, "lifted_on"),
    ({"lifted_on": "1999-01-01"}, 422, "lifted_on"),
    ({"lifted_on": "9999-12-31"}, 422, "lifted_on"),
    ({"lifted_on": "0001-01-01"}, 422, "lifted_on"),
    ({"lifted_on": "2026-02-30"}, 400, "lifted_on"),
    ({"lifted_on": "soon"}, 400, "lifted_on"),
    ({"lifted_on": None}, 400, "lifted_on"),
    ({"lifted_on": "2026-03-20T00:00:00Z"}, 400, "lifted_on"),
    ({"reasons": "  "}, 422, "reasons"),
    ({"reasons": NULL}, 422, "reasons"),
    ({"reasons": LONG}, 400, "reasons"),
]


@pytest.mark.parametrize(("changed", "status", "field"), BAD_LIFTINGS)
async def test_a_bad_lifting_names_its_field_and_writes_nothing(
    desk: tuple[World, Staff, dict[str, UUID]], changed: dict[str, Any], status: int, field: str
) -> None:
    world, staff, cases = desk
    before = await world.counts()
    answer = await staff.act(cases["stands"], "lift-restriction", **(ROUTES["lift-restriction"] | changed))
    checked(answer, status, field)
    assert await world.counts() == before


@pytest.mark.parametrize("text", ["", " ", NULL, LONG])
@pytest.mark.parametrize(("route", "field"), [("identity-checked", "how"), ("not-identified", "reasons")])
async def test_words_that_cannot_be_kept_are_refused(
    desk: tuple[World, Staff, dict[str, UUID]], route: str, field: str, text: str
) -> None:
    world, staff, cases = desk
    before = await world.counts()
    checked(await staff.act(cases["claimed"], route, **{field: text}), 400 if text == LONG else 422, field)
    assert await world.counts() == before


@pytest.mark.parametrize(
    "body", ['{"kind":"restrict","ground":"\\ud800"}', '{"kind":"rectify","corrections":1e999}']
)
async def test_json_that_is_none_is_a_bad_request(
    desk: tuple[World, Staff, dict[str, UUID]], body: str
) -> None:
    _, staff, cases = desk
    url = f"/api/v1/cases/{cases['restriction']}/decision"
    checked(await staff.client.post(url, content=body, headers={"content-type": "application/json"}), 400)


# -- the description


async def test_the_description_says_what_a_decision_and_a_question_may_hold(
    desk: tuple[World, Staff, dict[str, UUID]],
) -> None:
    world, _, _ = desk
    found = (await world.client.get("/openapi.json")).json()
    text = json.dumps(found)
    for path in (*ROUTES, "record"):
        assert f"/api/v1/cases/{{case_id}}/{path}" in found["paths"]
    for word in (
        "rectify",
        "restrict",
        "weigh",
        "review",
        "identity_requested",
        "delay_notice",
        "18(1)(d)",
        "not_wrong",
    ):
        assert f'"{word}"' in text, word
    schemas = {
        name.rpartition(".")[2].rpartition("_")[2]: schema
        for name, schema in found["components"]["schemas"].items()
    }
    assert schemas["Rectify"]["properties"]["corrections"]["maxItems"] == 50
    assert schemas["IdentityQuestion"]["properties"]["asked"]["maxItems"] == 4
    assert schemas["Weigh"]["properties"]["reasons"]["maxLength"] == 2000
    assert set(schemas["RequestRecord"]["properties"]) == {
        "date_of_request",
        "nature_of_request",
        "manner_of_request",
        "date_of_response",
        "nature_of_response",
        "basis_of_denial",
    }
