"""Somebody who is not the business tries its page: an old link, another's link, a guess, another site, a script."""

import io
import logging
from uuid import UUID, uuid4

import pytest

from dsar.routing.signing_in import LINKS_AN_HOUR_MAX
from dsar.store import members
from dsar.store.queries import Query
from dsar.vault.keys import token_digest

from .recorder import Recorder
from .test_web_logs import logged, quiet
from .visitors import BOSS, LINK, Guest, forwarded, member, reading
from .world import KNOWN_PHONE, OTHER_TENANT, Controller, World

__all__ = ["logged"]  # a fixture
STRANGER = "nobody.atall@else.example"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
async def boss(world: World, controller: Controller) -> Guest:
    return await member(world, controller.id)


@pytest.fixture
async def case_id(world: World, controller: Controller) -> UUID:
    return await forwarded(world)


@pytest.fixture
async def rival(world: World) -> Guest:
    """Somebody of another business."""
    other = await world.controller(OTHER_TENANT)
    return await member(world, other.id, "rita.rival@globex.example", "Rita Rival")


# -- links


async def test_an_old_link_lets_nobody_in_and_its_fresh_one_goes_to_the_members_mailbox_alone(
    boss: Guest, case_id: UUID, world: World
) -> None:
    path = await boss.told(case_id)
    await boss.client.post(path)
    thief = world.new_client(headers={"accept": "text/html"})
    assert "set-cookie" not in (await thief.post(path)).headers
    before = {message.id for message in world.messages()}
    shown = await thief.post(f"{path}/fresh")
    await world.drain()
    fresh = [message for message in world.messages() if message.id not in before]
    assert [message.to for message in fresh] == [BOSS]
    assert BOSS not in shown.text
    assert not LINK.search(shown.text.replace(path, ""))


async def test_a_link_that_never_was_one_looks_used_up_and_sends_nothing(
    world: World, boss: Guest, case_id: UUID
) -> None:
    client = world.new_client(headers={"accept": "text/html"})
    before = await world.snapshot()
    path = f"/business/sign-in/{'x' * 43}"
    assert "This link is used up" in (await client.get(path)).text
    assert "set-cookie" not in (await client.post(path)).headers
    assert "If this link was ever one of ours" in (await client.post(f"{path}/fresh")).text
    assert await world.snapshot() == before


async def test_no_token_stands_anywhere_at_rest(boss: Guest, case_id: UUID, world: World) -> None:
    await boss.sign_in(case_id)
    visit = boss.client.cookies["dsar_visit"]
    found = LINK.search((boss.mails())[0].text)
    assert found is not None
    tables = [
        r["tablename"]
        for r in await world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    kept = ""
    for table in tables:
        kept += str(await world.rows(f"SELECT t::text AS row FROM {table} t"))
    for token in (found[1], visit):
        assert token not in kept
        assert token_digest(token).hex() in kept


async def test_two_presses_at_once_make_one_visit(boss: Guest, case_id: UUID, world: World) -> None:
    import asyncio

    path = await boss.told(case_id)
    answers = await asyncio.gather(*(world.new_client().post(path) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 303]
    assert len(await world.rows("SELECT 1 FROM visit")) == 1


async def test_a_link_leads_to_its_own_businesss_cases_and_no_others(
    boss: Guest, rival: Guest, case_id: UUID, world: World, recorder: Recorder
) -> None:
    """Another business's case looks as if it were not there, whatever one tries with it."""
    recorder.people[OTHER_TENANT, "phone", "+358405550001"] = [{"call": 9}]
    await rival.sign_in(await forwarded(world, phone="+358405550001"))
    before = await world.snapshot()
    for path in ("", "/bundle/1", "/instruction"):
        answers = []
        for one in (case_id, uuid4()):
            url = f"/business/cases/{one}{path}"
            answers.append(
                await rival.client.post(url, data={"instruction": "handled_by_us"})
                if path == "/instruction"
                else await rival.client.get(url)
            )
        foreign, absent = answers
        assert foreign.status_code == 404
        assert foreign.text == absent.text
    assert str(case_id) not in (await rival.client.get("/business")).text
    assert (await rival.client.get(f"/business?after={case_id}")).text.count('class="card"') == 0
    assert await world.snapshot() == before


async def test_the_operators_own_cases_are_nobodys_at_the_page(
    boss: Guest, case_id: UUID, world: World
) -> None:
    await boss.sign_in(case_id)
    own = (await world.cases(await world.asked()))[0]["id"]
    parent = (await world.rows("SELECT parent_id FROM case_file WHERE id = $1", case_id))[0]["parent_id"]
    for one in (own, parent):
        assert (await boss.client.get(f"/business/cases/{one}")).status_code == 404
        assert (await boss.say(one, "handled_by_us")).status_code == 404


async def test_a_member_who_was_removed_is_out_at_once(boss: Guest, case_id: UUID, world: World) -> None:
    path = await boss.told(case_id)
    await boss.sign_in(case_id)
    async with world.service.db.write() as tx:
        await members.remove(tx, boss.id, world.clock())
    before = world.messages()
    for answer in (
        await boss.client.get(f"/business/cases/{case_id}"),
        await boss.say(case_id, "handled_by_us"),
        await boss.client.get(f"/business/cases/{case_id}/bundle/1"),
    ):
        assert (answer.status_code, answer.headers["location"]) == (303, "/business")
    assert "set-cookie" not in (await boss.client.post(path)).headers
    await boss.client.post(f"{path}/fresh")
    await boss.client.post("/business/sign-in", data={"email": BOSS})
    await world.service.signing_in.settled()
    await world.drain()
    assert world.messages() == before
    assert (await world.rows("SELECT state FROM case_file WHERE id = $1", case_id))[0]["state"] == (
        "awaiting_controller"
    )


# -- guessing at the door


async def test_the_door_answers_the_same_whoever_is_asked_about(
    boss: Guest, case_id: UUID, world: World
) -> None:
    answers = []
    for address in (BOSS, STRANGER, KNOWN_PHONE + "@x.example"):
        answer = await world.new_client().post("/business/sign-in", data={"email": address})
        answers.append((answer.status_code, dict(answer.headers), answer.text))
    assert answers[0] == answers[1] == answers[2]


async def test_nothing_is_looked_up_on_the_way_to_the_answer(
    boss: Guest, case_id: UUID, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time tells as well as words do: so the answer waits for nothing."""
    run: list[str] = []
    plain = Query.args

    def listening(self: Query, values: dict[str, object]) -> list[object]:
        run.append(self.name)
        return plain(self, values)

    monkeypatch.setattr(Query, "args", listening)
    await world.service.db.close()
    monkeypatch.setattr(world.service.signing_in, "_look_up", _never)
    answer = await world.new_client().post("/business/sign-in", data={"email": BOSS})
    assert answer.status_code == 200
    assert run == []


async def _never(blind_index: bytes) -> None:
    assert blind_index


@pytest.mark.parametrize("address", ["", "no address", "x" * 300 + "@a.example", "a@b@c", "\x00@a.example"])
async def test_what_is_no_address_is_said_beside_its_field(world: World, address: str) -> None:
    answer = await world.client.post("/business/sign-in", data={"email": address})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "Traceback" not in answer.text


async def test_a_mailbox_gets_at_most_five_links_an_hour_by_asking(
    boss: Guest, case_id: UUID, world: World
) -> None:
    path = await boss.told(case_id)
    for _ in range(LINKS_AN_HOUR_MAX):
        await boss.client.post("/business/sign-in", data={"email": BOSS})
        await boss.client.post(f"{path}/fresh")
    await world.service.signing_in.settled()
    await world.drain()
    assert len(boss.mails("Your link to")) == LINKS_AN_HOUR_MAX
    world.clock.forward(hours=1, seconds=1)
    await boss.client.post("/business/sign-in", data={"email": BOSS})
    await world.service.signing_in.settled()
    await world.drain()
    assert len(boss.mails("Your link to")) == LINKS_AN_HOUR_MAX + 1


async def test_a_flood_of_addresses_is_stopped_and_answered_alike(
    world: World, boss: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsar.routing.signing_in.ASKED_MAX", 0)
    for address in (BOSS, STRANGER):
        answer = await world.client.post("/business/sign-in", data={"email": address})
        assert answer.status_code == 422
        assert "Try again in a minute." in answer.text


async def test_a_database_that_is_away_is_no_reason_to_tell_anybody_apart(
    world: World, boss: Guest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.service.db.close()
    answer = await world.client.post("/business/sign-in", data={"email": BOSS})
    await world.service.signing_in.settled()
    assert answer.status_code == 200
    assert BOSS not in "".join(capsys.readouterr())


# -- other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8321"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8321.evil.example"},
        {"origin": "rubbish"},
    ],
)
async def test_a_form_of_another_site_does_nothing(
    boss: Guest, case_id: UUID, world: World, headers: dict[str, str]
) -> None:
    await boss.sign_in(case_id)
    path = await boss.told(case_id)
    before = await world.snapshot()
    for url in (
        f"/business/cases/{case_id}/instruction",
        path,
        f"{path}/fresh",
        "/business/sign-in",
        "/business/sign-out",
    ):
        answer = await boss.client.post(
            url, data={"instruction": "handled_by_us", "email": BOSS}, headers=headers
        )
        assert answer.status_code == 403, url
        assert "Another website has sent this in your name." in answer.text
        assert "set-cookie" not in answer.headers
    assert await world.snapshot() == before
    assert "Waits for your word" in await boss.see(case_id)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"sec-fetch-site": "none"},
        {"origin": "http://127.0.0.1:8321"},
        {"origin": "null"},
        {},
    ],
)
async def test_our_own_forms_are_taken_from_every_browser(
    boss: Guest, case_id: UUID, world: World, headers: dict[str, str]
) -> None:
    """A page that passes no address on sends `Origin: null`; an old browser sends nothing at all."""
    await boss.sign_in(case_id)
    answer = await boss.client.post(
        f"/business/cases/{case_id}/instruction", data={"instruction": "handled_by_us"}, headers=headers
    )
    assert answer.status_code == 303


@pytest.mark.parametrize("body", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
async def test_what_is_no_form_is_not_read(boss: Guest, case_id: UUID, body: str) -> None:
    await boss.sign_in(case_id)
    answer = await boss.client.post(
        f"/business/cases/{case_id}/instruction",
        content=b'{"instruction": "handled_by_us"}',
        headers={"content-type": body},
    )
    assert answer.status_code == 415


# -- scripts, logs


async def test_what_people_wrote_is_text_on_the_page(
    world: World, controller: Controller, case_id: UUID
) -> None:
    guest = await member(world, controller.id, "x@acme.example", f"Eve {SCRIPT}")
    await world.run("UPDATE controller SET name = $1 WHERE id = $2", f"Acme {SCRIPT}", controller.id)
    await guest.sign_in(case_id)
    await guest.say(case_id, "need_information", ground=f"Which line? {SCRIPT}")
    refused = await guest.say(case_id, "refuse", ground=f"{SCRIPT}" + "x" * 500)
    await guest.say(case_id, "refuse", ground=f"Because {SCRIPT}")
    pages = [
        refused,
        await guest.client.get(f"/business/cases/{case_id}"),
        await guest.client.get("/business"),
    ]
    for page in pages:
        assert "<script" not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert f"Your ground Because {SCRIPT}" in reading(pages[1])
    for mail in guest.mails():
        assert "<script" not in mail.html


async def test_a_visit_leaves_no_token_and_no_name_in_any_log(
    boss: Guest,
    case_id: UUID,
    world: World,
    logged: io.StringIO,
) -> None:
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the test's own client
    await boss.client.post("/business/sign-in", data={"email": BOSS})
    await world.service.signing_in.settled()
    page = reading(await boss.sign_in(case_id))
    await boss.say(case_id, "refuse", ground="Zyxwv said so")
    await boss.client.post(f"{boss.links()[0]}/fresh")
    assert KNOWN_PHONE in page
    tokens = [found[1] for mail in boss.mails() if (found := LINK.search(mail.text))]
    quiet(logged.getvalue(), BOSS, "Outi", KNOWN_PHONE, "Zyxwv", boss.client.cookies["dsar_visit"], *tokens)
