"""The people of the demo, each through the public face that they would use: form, mailbox, telephone, staff's API."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

from dsar.outbound import LocalOutbox, Mail, Sms

T = TypeVar("T")

POLL_SECONDS = 0.05
WAIT_SECONDS_MAX = 60.0
LINK = re.compile(r"/download/[\w-]+")
CODE = re.compile(r"(?<![\w-])\d{6}(?![\w-])")
REFERENCE = re.compile(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


class Missing(Exception):
    """Something that should have come did not."""


async def wait_for(what: str, look: Callable[[], Awaitable[T | None]]) -> T:
    """The first true value that `look` gives; raises Missing naming what was waited for."""
    try:
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while True:
                if found := await look():
                    return found
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise Missing(f"{what} did not come within {WAIT_SECONDS_MAX:.0f} seconds") from error


class Mailbox:
    """What reaches the sample people: the folder that stands for mail and text messages."""

    def __init__(self, folder: str) -> None:
        self._outbox = LocalOutbox(Path(folder))

    def about(self, reference: str, to: str) -> list[Mail | Sms]:
        """Everything that somebody got about a request, the latest first."""
        return [
            message
            for message in self._outbox.messages(latest=1000)
            if message.to == to and reference in _words(message)
        ]

    async def message(self, reference: str, to: str, about: str) -> Mail | Sms:
        """The latest message to somebody about a request, whose text holds the given words."""

        async def look() -> Mail | Sms | None:
            return next((m for m in self.about(reference, to) if about in _words(m)), None)

        return await wait_for(f"the message about {reference}", look)

    async def letter(self, reference: str, to: str) -> Mail | Sms:
        """The latest that holds neither code nor link to an answer."""

        async def look() -> Mail | Sms | None:
            for message in self.about(reference, to):
                if not _code(message, reference) and not LINK.search(message.text):
                    return message
            return None

        return await wait_for(f"the letter about {reference}", look)

    def codes(self, reference: str, to: str) -> list[str]:
        """The codes that came about a request, the latest first."""
        return [code for message in self.about(reference, to) if (code := _code(message, reference))]

    async def code(self, reference: str, to: str, *, after: int = 0) -> str:
        """The latest code, once more than so many have come."""

        async def look() -> str | None:
            codes = self.codes(reference, to)
            return codes[0] if len(codes) > after else None

        return await wait_for(f"a code for {reference}", look)


def _words(message: Mail | Sms) -> str:
    return message.text + (message.subject if isinstance(message, Mail) else "")


def _code(message: Mail | Sms, reference: str) -> str | None:
    found = CODE.search(_words(message).replace(reference, ""))
    return found.group() if found else None


class Person:
    """Somebody with a browser and a mailbox."""

    def __init__(self, client: httpx.AsyncClient, mailbox: Mailbox) -> None:
        self._client = client
        self._mailbox = mailbox

    async def ask_by_form(self, **fields: Any) -> str:
        """Fill the form in; the reference from the address one is led to."""
        answer = await self._client.post("/requests", data=fields)
        if answer.status_code != 303:
            raise Missing(f"the form answered {answer.status_code}")
        return answer.headers["location"].rpartition("/")[2]

    async def ask_by_api(self, **fields: Any) -> str:
        """Send JSON; the reference."""
        answer = (await self._client.post("/api/v1/requests", json=fields)).raise_for_status()
        reference: str = answer.json()["reference"]
        return reference

    async def prove(self, reference: str, kind: str, address: str) -> None:
        """Type the code that came."""
        code = await self._mailbox.code(reference, address)
        answer = await self._client.post(f"/verify/{reference}", data={"kind": kind, "code": code})
        if answer.status_code != 303:
            raise Missing(f"the proof page answered {answer.status_code}")

    async def fetch(self, reference: str, address: str) -> tuple[str, bytes | None]:
        """Follow the link of the answer, type a fresh code: the letter's page, and the archive if there is one."""
        letter = await self._mailbox.message(reference, address, "/download/")
        link = LINK.search(letter.text)
        assert link is not None
        path = link.group()
        known = len(self._mailbox.codes(reference, address))
        await self._client.post(f"{path}/send")
        code = await self._mailbox.code(reference, address, after=known)
        opened = await self._client.post(path, data={"code": code})
        if opened.status_code != 200:
            raise Missing(f"the download page answered {opened.status_code}")
        if f"{path}/bundle" not in opened.text:
            return opened.text, None
        cookie = {"cookie": opened.headers["set-cookie"].partition(";")[0]}
        archive = (await self._client.get(f"{path}/bundle/1", headers=cookie)).raise_for_status()
        return opened.text, archive.content


class Staff:
    """Somebody of the operator's, with a key to the triage API."""

    def __init__(self, client: httpx.AsyncClient, key: str) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {key}"}

    async def cases(self, reference: str) -> list[dict[str, Any]]:
        """The cases of a request, a controller's included."""
        answer = await self._client.get("/api/v1/cases", params={"limit": 200}, headers=self._headers)
        return [case for case in answer.raise_for_status().json()["cases"] if case["reference"] == reference]

    async def of_businesses(self, reference: str) -> list[dict[str, Any]]:
        """The cases that were cut for customer-controllers."""
        return [case for case in await self.cases(reference) if case["controller_id"]]

    async def case(self, case_id: str) -> dict[str, Any]:
        """One case with all that happened."""
        answer = await self._client.get(f"/api/v1/cases/{case_id}", headers=self._headers)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def plan(self, case_id: str) -> dict[str, Any]:
        """What an erasure would do, once every system has said it."""

        async def look() -> dict[str, Any] | None:
            answer = await self._client.get(f"/api/v1/cases/{case_id}/plan", headers=self._headers)
            found: dict[str, Any] = answer.raise_for_status().json()
            return None if any(system["how"] == "being_made" for system in found["systems"]) else found

        return await wait_for("the plan of the erasure", look)

    async def act(self, case_id: str, act: str, body: dict[str, Any] | None = None) -> None:
        """One act on a case."""
        answer = await self._client.post(f"/api/v1/cases/{case_id}/{act}", json=body, headers=self._headers)
        answer.raise_for_status()

    async def until(
        self, reference: str, *states: str, count: int = 1, of_business: bool = False
    ) -> list[dict[str, Any]]:
        """Wait until so many of a request's cases are in one of the states."""

        async def look() -> list[dict[str, Any]] | None:
            mine = [c for c in await self.cases(reference) if bool(c["controller_id"]) == of_business]
            there = [c for c in mine if c["state"] in states]
            return there if len(there) >= count else None

        return await wait_for(f"{reference} in {' or '.join(states)}", look)
