"""The language of a request: chosen, accepted or the request's own, on pages and in messages; the API speaks English."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from dsar.outbound import Mail
from dsar.settings import Settings
from dsar.store import shipped

from .recorder import Recorder
from .world import KNOWN, UNKNOWN_PHONE, World, open_world

FORM = {"rights": "access", "relations": "prospect", "email": KNOWN}


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The sample company, which here speaks four languages."""
    text = (shipped("profiles") / "demo.toml").read_text(encoding="utf-8")
    path = tmp_path / "speaking.toml"
    path.write_text(re.sub(r"languages = \[.*?\]", 'languages = ["en", "fi", "sv", "pl"]', text))
    return msgspec.structs.replace(settings, profile=str(path))


@pytest.fixture
async def world(settings: Settings, recorder: Recorder) -> AsyncIterator[World]:
    async with open_world(settings, recorder) as opened:
        yield opened


def spoken(page: str) -> str:
    found = re.search(r'<html lang="(\w+)">', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("path", "accept", "language"),
    [
        ("/", "", "en"),
        ("/", "sv-SE,sv;q=0.9", "sv"),
        ("/", "de, pl;q=0.5", "pl"),
        ("/?lang=fi", "sv", "fi"),
        ("/?lang=fi&lang=sv", "", "fi"),
        ("/?lang=de", "sv", "sv"),
        ("/?lang=%3Cscript%3E", "", "en"),
        ("/nowhere", "fi,text/html", "fi"),
    ],
)
async def test_a_page_speaks_the_chosen_or_the_accepted_language(
    world: World, path: str, accept: str, language: str
) -> None:
    answer = await world.client.get(path, headers={"accept": "text/html", "accept-language": accept})

    assert spoken(answer.text) == language


async def test_the_form_is_answered_in_the_language_it_was_read_in(world: World) -> None:
    answer = await world.client.post(
        "/requests", data=FORM | {"language": "fi", "email": "ei"}, headers={"accept-language": "sv"}
    )

    assert answer.status_code == 422
    assert spoken(answer.text) == "fi"
    assert "Sähköpostiosoite: tämä ei ole sähköpostiosoite." in answer.text
    assert "is not an e-mail address" not in answer.text


async def test_a_request_and_its_messages_stay_in_its_language(world: World) -> None:
    filed = await world.client.post("/requests", data=FORM | {"language": "fi"})
    path = filed.headers["location"]
    reference = path.rpartition("/")[2]

    for page in (path, f"/requests/{reference}"):
        assert spoken((await world.client.get(page, headers={"accept-language": "sv"})).text) == "fi"
        assert spoken((await world.client.get(f"{page}?lang=pl")).text) == "pl"
    code = await world.code(KNOWN)
    mail = world.messages(KNOWN)[0]
    assert isinstance(mail, Mail)
    assert mail.subject == f"Koodisi: {code}"
    assert '<html lang="fi">' in mail.html
    wrong = await world.type_code(reference, "email", "1")
    assert "tämä ei ole lähettämämme koodi." in wrong.text


async def test_a_text_message_is_in_the_requests_language(world: World) -> None:
    await world.client.post("/requests", data=FORM | {"language": "pl", "email": "", "phone": UNKNOWN_PHONE})
    await world.drain()

    assert "Twój kod to" in world.messages(UNKNOWN_PHONE)[0].text


async def test_the_whole_answer_is_in_the_requests_language(world: World) -> None:
    filed = await world.client.post("/requests", data=FORM | {"language": "sv"})
    await world.prove(filed.headers["location"].rpartition("/")[2])
    link = await world.link(KNOWN)

    assert spoken((await world.client.get(link)).text) == "sv"
    sent = await world.client.post(f"{link}/send?lang=en")
    assert spoken(sent.text) == "en"
    assert f'action="{link}?lang=en"' in sent.text
    opened = await world.client.post(link, data={"code": await world.code(KNOWN)})
    assert spoken(opened.text) == "sv"
    assert "artikel 15.3 i dataskyddsförordningen" in opened.text
    assert "Tillgång till dina uppgifter" in opened.text


async def test_a_chosen_language_goes_along_from_page_to_page(world: World) -> None:
    filed = await world.client.post("/requests?lang=sv", data=FORM | {"language": "fi"})

    assert filed.headers["location"].endswith("?lang=sv")


async def test_the_api_speaks_english_whatever_is_accepted(world: World) -> None:
    async with world.new_client(headers={"accept-language": "fi"}) as program:
        answer = await program.post(
            "/api/v1/requests", json={"rights": ["access"], "relations": [], "email": "no"}
        )

    assert answer.json()["errors"] == [
        {"field": "relations", "problem": "is empty.", "remedy": "Choose at least one of: visitor, prospect, account_user, caller."},
        {"field": "email", "problem": "is not an e-mail address.", "remedy": "Write it as name@example.com."},
    ]  # fmt: skip


async def test_a_dead_link_speaks_the_language_of_its_request(world: World) -> None:
    _, link = await world.answered(language="fi")
    world.clock.forward(days=14)
    answer = await world.client.get(link, headers={"accept-language": "sv"})

    assert answer.status_code == 410
    assert spoken(answer.text) == "fi"
