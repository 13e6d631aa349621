"""How the system is asked, and which error each of its failures is. No text says whom it was about."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import msgspec
from dsar.contract import Refused, Throttled, Unauthorised, Unreachable
from msgspec import Struct

from dsar_sample.settings import SampleSettings

WAIT_SECONDS_DEFAULT = 60
WAIT_SECONDS_MAX = 3_600

Answer = TypeVar("Answer")


class Person(Struct):
    """As the system names somebody; what it says beside that is passed over."""

    id: str


class People(Struct):
    """The answer to a search."""

    people: list[Person]


class Item(Struct):
    """One thing that the system holds of somebody."""

    id: str
    collection: str
    data: dict[str, Any]


class Page(Struct):
    """A page of an export; `next` is None on the last."""

    items: list[Item]
    next: str | None


class Erased(Struct):
    """The answer to an erasure."""

    items: int


class Status(Struct):
    """The answer of a system that is well."""

    ok: bool


class Api:
    """The system's calls, by the client that the service hands in: it holds to limits, time-outs and addresses."""

    def __init__(self, settings: SampleSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http

    async def call(self, name: str, asked: dict[str, Any], wanted: type[Answer]) -> Answer:
        """Ask, and read the answer as what it should be; whatever else comes back is an error of the contract."""
        try:
            answer = await self._http.post(
                f"{self._settings.url}/{name}",
                json=asked,
                headers={"authorization": f"Bearer {self._settings.token}"},
            )
        except httpx.HTTPError as error:
            raise Unreachable(
                f"sample {name}: {type(error).__name__}; check url, and that the system answers"
            ) from None
        raise_for(answer, name)
        try:
            return msgspec.json.decode(answer.content, type=wanted)
        except msgspec.DecodeError:
            raise Unreachable(f"sample {name}: the answer is not what it should be") from None


def raise_for(answer: httpx.Response, name: str) -> None:
    """The class of an error says what the service does: back off, wait, pause the system, or hand over to a person."""
    status = answer.status_code
    if answer.is_success:
        return
    if status in {401, 403}:
        raise Unauthorised(f"sample {name}: {status}; check token")
    if status == 429:
        seconds = answer.headers.get("retry-after", "")
        # Digits of nine places at the most: what a vendor sends must not become a number that breaks the clock.
        wait = int(seconds[:9]) if seconds.isascii() and seconds.isdigit() else WAIT_SECONDS_DEFAULT
        raise Throttled(
            f"sample {name}: 429", until=datetime.now(UTC) + timedelta(seconds=min(wait, WAIT_SECONDS_MAX))
        )
    if status >= 500:
        raise Unreachable(f"sample {name}: {status}")
    raise Refused(f"sample {name}: {status}; check url, or do it in the system by hand")
