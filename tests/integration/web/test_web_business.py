"""A business without developers: a link in a mail, a page of its case, four buttons, a download."""

import io
import re
import zipfile
from uuid import UUID

import pytest

from dsar.domain.information import QUESTIONS_MAX

from .recorder import Recorder
from .visitors import BOSS, Guest, forwarded, member, reading
from .world import KNOWN, KNOWN_PHONE, OTHER_TENANT, Controller, World


@pytest.fixture
async def boss(world: World, controller: Controller) -> Guest:
    return await member(world, controller.id)


@pytest.fixture
async def case_id(world: World, controller: Controller) -> UUID:
    return await forwarded(world)


async def state(world: World, case_id: UUID) -> tuple[str, str | None, str | None]:
    (row,) = await world.rows("SELECT state, outcome, answer_to FROM case_file WHERE id = $1", case_id)
    return row["state"], row["outcome"], row["answer_to"]


# -- the door


async def test_a_link_leads_to_its_case_by_one_press_of_a_button(boss: Guest, case_id: UUID) -> None:
    path = await boss.told(case_id)
    shown = await boss.client.get(path)
    assert shown.status_code == 200
    assert "set-cookie" not in shown.headers
    assert f'<form method="post" action="{path}">' in shown.text
    entered = await boss.client.post(path)
    assert (entered.status_code, entered.headers["location"]) == (303, f"/business/cases/{case_id}")
    assert "A caller wants: access to their data" in await boss.see(case_id)


async def test_looking_at_a_link_spends_nothing_and_pressing_spends_it_once(
    boss: Guest, case_id: UUID, world: World
) -> None:
    path = await boss.told(case_id)
    for _ in range(3):
        assert "Press the button" in (await boss.client.get(path)).text
    assert (await boss.client.post(path)).status_code == 303
    again = await world.new_client(headers={"accept": "text/html"}).post(path)
    assert again.status_code == 200
    assert "This link is used up" in again.text
    assert "set-cookie" not in again.headers


async def test_a_link_is_good_for_seven_days(boss: Guest, case_id: UUID, world: World) -> None:
    path = await boss.told(case_id)
    world.clock.forward(days=7, seconds=1)
    assert "This link is used up" in (await boss.client.get(path)).text
    assert "set-cookie" not in (await boss.client.post(path)).headers


async def test_a_visit_lasts_twelve_hours_and_ends_by_signing_out(
    boss: Guest, case_id: UUID, world: World
) -> None:
    await boss.sign_in(case_id)
    world.clock.forward(hours=11, minutes=59)
    assert "Waits for your word" in await boss.see(case_id)
    world.clock.forward(minutes=2)
    gone = await boss.client.get(f"/business/cases/{case_id}")
    assert (gone.status_code, gone.headers["location"]) == (303, "/business")
    await boss.sign_in(case_id)
    kept = dict(boss.client.cookies)
    assert (await boss.client.post("/business/sign-out")).status_code == 303
    boss.client.cookies.update(kept)
    assert (await boss.client.get(f"/business/cases/{case_id}")).status_code == 303


async def test_the_cookie_is_for_our_own_pages_of_this_path_and_no_script(boss: Guest, case_id: UUID) -> None:
    entered = await boss.client.post(await boss.told(case_id))
    cookie = entered.headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "path=/business", "max-age=43200"):
        assert part in cookie
    assert entered.headers["referrer-policy"] == "no-referrer"
    assert entered.headers["cache-control"] == "no-store"


async def test_a_used_link_sends_a_fresh_one_that_leads_to_the_same_case(boss: Guest, case_id: UUID) -> None:
    path = await boss.told(case_id)
    await boss.client.post(path)
    assert "Send me a fresh link" in (await boss.client.get(path)).text
    sent = await boss.client.post(f"{path}/fresh")
    assert "on its way" in sent.text
    await boss.world.drain()
    (fresh,) = boss.links("Your link to")
    assert path not in boss.links("Your link to")
    assert (await boss.client.post(fresh)).headers["location"] == f"/business/cases/{case_id}"


async def test_the_form_sends_a_link_to_the_list_to_a_known_address(
    boss: Guest, case_id: UUID, world: World
) -> None:
    answer = await boss.client.post("/business/sign-in", data={"email": f" {BOSS.upper()} "})
    assert answer.status_code == 200
    await world.service.signing_in.settled()
    await world.drain()
    (path,) = boss.links("Your link to the requests of your callers")
    assert (await boss.client.post(path)).headers["location"] == "/business"
    listed = reading(await boss.client.get("/business"))
    assert "To be answered A caller wants: access to their data Waits for your word" in listed
    assert "Outi Owner, for Business acme" in listed


async def test_somebody_of_two_businesses_gets_a_link_to_each(
    world: World, controller: Controller, recorder: Recorder, boss: Guest, case_id: UUID
) -> None:
    other = await world.controller(OTHER_TENANT)
    twin = await member(world, other.id)
    recorder.people[OTHER_TENANT, "phone", "+358405550001"] = [{"call": 9}]
    await forwarded(world, phone="+358405550001")
    await boss.client.post("/business/sign-in", data={"email": BOSS})
    await world.service.signing_in.settled()
    await world.drain()
    opened = []
    for path in twin.links("Your link to"):
        client = world.new_client(headers={"accept": "text/html"})
        await client.post(path)
        opened.append(reading(await client.get("/business")))
    assert sorted("globex" in page for page in opened) == [False, True]


# -- the page


async def test_the_page_says_who_asks_and_both_dates_and_that_nothing_was_collected(
    boss: Guest, case_id: UUID, recorder: Recorder
) -> None:
    """GDPR 28(3)(a): before the instruction there is nothing to count."""
    page = reading(await boss.sign_in(case_id))
    assert f"Telephone number {KNOWN_PHONE} proven with a code" in page
    assert "We help by 16 March 2026" in page
    assert "You answer by 2 April 2026" in page
    assert "counted from 2 March 2026" in page
    assert "We have collected nothing yet." in page
    assert "find" not in recorder.calls
    for button in (
        "Do it, and send it to us",
        "Do it, and send it to the person",
        "We deal with it",
        "Refuse the request",
    ):
        assert button in page


async def test_fulfilled_for_the_business_it_downloads_what_was_found(
    boss: Guest, case_id: UUID, world: World
) -> None:
    await boss.sign_in(case_id)
    said = await boss.say(case_id, "fulfil", answer_to="controller")
    assert (said.status_code, said.headers["location"]) == (303, f"/business/cases/{case_id}")
    await world.drain()
    assert await state(world, case_id) == ("delivered", "fulfilled", "controller")
    page = await boss.see(case_id)
    assert "Contact details 2 records" in page
    assert "Download the file" in page
    assert "What shall we do?" not in page
    file = await boss.client.get(f"/business/cases/{case_id}/bundle/1")
    assert file.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert archive.testzip() is None
    told = await boss.see(case_id)
    assert "Outi Owner told us to do it and to send the answer to you." in told
    assert "Outi Owner downloaded the file." in told


async def test_fulfilled_for_the_person_the_page_says_so(boss: Guest, case_id: UUID, world: World) -> None:
    await boss.sign_in(case_id)
    await boss.say(case_id, "fulfil", answer_to="person")
    await world.drain()
    assert await state(world, case_id) == ("delivered", "fulfilled", "person")
    page = await boss.see(case_id)
    assert "Outi Owner told us to do it and to send the answer to the person." in page
    assert "We have sent the person a link to the same file." in page


@pytest.mark.parametrize(
    ("said", "ground", "outcome", "shown"),
    [
        ("handled_by_us", "", "handled_by_controller", "Outi Owner told us that you deal with it."),
        ("refuse", "We never spoke with them", "refused", "Your ground We never spoke with them"),
    ],
)
async def test_dealt_with_or_refused_the_case_ends(
    boss: Guest, case_id: UUID, world: World, said: str, ground: str, outcome: str, shown: str
) -> None:
    await boss.sign_in(case_id)
    assert (await boss.say(case_id, said, ground=ground)).status_code == 303
    assert (await state(world, case_id))[:2] == ("closed", outcome)
    assert shown in await boss.see(case_id)
    (event,) = await world.rows(
        "SELECT actor FROM event WHERE case_id = $1 AND type = 'controller.instructed'", case_id
    )
    assert event["actor"].endswith(f"/member:{boss.id}")


async def test_an_erasure_is_asked_about_once_more(
    boss: Guest, controller: Controller, world: World, recorder: Recorder
) -> None:
    case_id = await forwarded(world, "erasure")
    await boss.sign_in(case_id)
    asked = await boss.say(case_id, "fulfil", answer_to="person")
    assert asked.status_code == 200
    assert "It cannot be undone." in asked.text
    await world.drain()
    assert (await state(world, case_id))[0] == "awaiting_controller"
    assert not any(call.startswith("order") for call in recorder.calls)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w*)">', asked.text))
    assert fields == {"instruction": "fulfil", "answer_to": "person", "sure": "yes"}
    await boss.client.post(f"/business/cases/{case_id}/instruction", data=fields)
    await world.drain()
    assert await state(world, case_id) == ("delivered", "fulfilled", "person")
    assert "We have erased 2 items." in await boss.see(case_id)


@pytest.mark.parametrize(
    ("said", "ground", "shown"),
    [
        ("refuse", "", "Your ground is empty. Say why"),
        ("refuse", "x" * 501, "Your ground is too long. Use at most 500 characters."),
        ("need_information", "  ", "Your question is empty."),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(
    boss: Guest, case_id: UUID, world: World, said: str, ground: str, shown: str
) -> None:
    await boss.sign_in(case_id)
    answer = await boss.say(case_id, said, ground=ground)
    assert answer.status_code == 422
    assert reading(answer).count(shown) == 2
    field = "question" if said == "need_information" else "ground"
    assert f'<a href="#{field}">' in answer.text
    assert re.search(rf'<textarea id="{field}"[^>]* aria-invalid="true">', answer.text)
    assert answer.text.count('aria-invalid="true"') == 1
    assert (await state(world, case_id))[0] == "awaiting_controller"


async def test_a_word_that_comes_too_late_is_told_in_a_sentence_and_changes_nothing(
    boss: Guest, case_id: UUID, world: World, controller: Controller
) -> None:
    await boss.sign_in(case_id)
    await controller.instruct(case_id, "handled_by_us")
    before = await world.snapshot()
    late = await boss.say(case_id, "fulfil", answer_to="controller")
    assert late.status_code == 409
    assert "Nothing was changed: the request no longer waits for your word." in reading(late)
    assert await world.snapshot() == before


async def test_a_button_that_is_not_on_the_page_does_nothing(
    boss: Guest, case_id: UUID, world: World
) -> None:
    await boss.sign_in(case_id)
    for fields in (
        {"instruction": ["explode", "fulfil"]},
        {"instruction": "explode"},
        {"instruction": ""},
        {"answer_to": "press"},
    ):
        answer = await boss.client.post(
            f"/business/cases/{case_id}/instruction", data={"instruction": "fulfil", **fields}
        )
        assert answer.status_code == 422
    assert (await state(world, case_id))[0] == "awaiting_controller"


async def test_a_question_goes_to_the_person_and_a_fourth_does_not(
    boss: Guest, case_id: UUID, world: World
) -> None:
    await boss.sign_in(case_id)
    for number in range(QUESTIONS_MAX):
        assert (
            await boss.say(case_id, "need_information", ground=f"Which line, {number}?")
        ).status_code == 303
    page = await boss.see(case_id)
    assert "Which line, 2? We wait for the answer" in page
    assert "Outi Owner asked the person a question." in page
    fourth = await boss.say(case_id, "need_information", ground="And?")
    assert fourth.status_code == 409
    assert "What you want asks the person once more than a case allows." in reading(fourth)
    assert (await boss.say(case_id, "handled_by_us")).status_code == 303


async def test_the_persons_answer_is_shown_and_then_the_business_decides(
    boss: Guest, case_id: UUID, world: World
) -> None:
    await boss.sign_in(case_id)
    await boss.say(case_id, "need_information", ground="Which line was it?")
    (task,) = await world.rows(
        "SELECT id FROM step WHERE case_id = $1 AND kind = 'review.by_hand' AND state = 'manual'", case_id
    )
    staff = await world.staff("Sanna", "reviewer")
    done = await staff.client.post(
        f"/api/v1/cases/{case_id}/steps/{task['id']}/finish",
        json={"outcome": "done", "evidence": "The one of the shop <b>in May</b>"},
    )
    assert done.status_code < 300, done.text
    page = await boss.see(case_id)
    assert "Which line was it? The answer The one of the shop <b>in May</b>" in page
    assert "The person has answered the question." in page
    assert (await boss.say(case_id, "fulfil", answer_to="controller")).status_code == 303


async def test_the_list_has_what_waits_first_and_the_most_pressing_of_it(
    boss: Guest, world: World, controller: Controller
) -> None:
    old = await forwarded(world)
    world.clock.forward(days=1)
    ended = await forwarded(world)
    world.clock.forward(days=1)
    young = await forwarded(world, "erasure")
    await controller.instruct(ended, "handled_by_us")
    await boss.sign_in(young)
    page = (await boss.client.get("/business")).text
    order = re.findall(r'href="/business/cases/([0-9a-f-]+)"', page)
    assert order == [str(old), str(young), str(ended)]


async def test_the_list_goes_on_where_it_is_long(
    boss: Guest, world: World, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsar.web.business.PAGE_SIZE", 2)
    waiting = [await forwarded(world) for _ in range(3)]
    ended = [await forwarded(world) for _ in range(3)]
    for case_id in ended:
        await controller.instruct(case_id, "handled_by_us")
    await boss.sign_in(waiting[0])
    found: set[str] = set()
    for cursor in ("after", "before"):
        path = "/business"
        while path:
            page = (await boss.client.get(path)).text
            found.update(re.findall(r'href="/business/cases/([0-9a-f-]+)"', page))
            more = re.search(rf'href="(/business\?{cursor}=[0-9a-f-]+)"', page)
            path = more[1] if more else ""
    assert found == {str(case_id) for case_id in waiting + ended}


async def test_after_the_closing_nobody_is_named_any_more(
    boss: Guest, case_id: UUID, world: World, controller: Controller
) -> None:
    await controller.instruct(case_id, "refuse", "our own reasons")
    world.clock.forward(days=31)
    await world.drain()
    other = await forwarded(world)
    await boss.sign_in(other)
    page = await boss.see(case_id)
    assert KNOWN_PHONE not in page
    assert "our own reasons" not in page
    assert "A program of yours" in page
    assert "We destroyed the key" in page


async def test_a_claim_that_was_not_proven_is_not_shown(
    boss: Guest, world: World, controller: Controller
) -> None:
    reference = await world.asked(email=KNOWN, phone=KNOWN_PHONE, relations=["caller"])
    await world.prove(reference, "phone", KNOWN_PHONE)
    await world.client.post(f"/verify/{reference}/continue")
    await world.drain()
    case_id = next(case["id"] for case in await world.cases(reference) if case["controller_id"])
    page = reading(await boss.sign_in(case_id))
    assert KNOWN_PHONE in page
    assert KNOWN not in page


async def test_a_request_that_the_business_sent_itself_says_so(
    boss: Guest, world: World, controller: Controller
) -> None:
    (case_id,) = (await controller.create()).json()["cases"]
    page = reading(await boss.sign_in(UUID(case_id)))
    assert "by your own word" in page
    assert "You sent us this request yourselves." in page
    assert "sent us the request for the person." in page
