"""Connectors that take a fault for something else."""

from datetime import UTC, datetime

import httpx

from dsar.contract import (
    Refused,
    Throttled,
    Unauthorised,
    Unreachable,
)

from .catching import caught_by
from .shop import ShopSession


class Answering(ShopSession):
    """Asks without minding what comes back; `raise_for` says what then becomes of it."""

    async def bytes_of(self, path, **asked):
        headers = {"authorization": f"Bearer {self.settings.token}"}
        try:
            answer = await self.http.post(f"{self.settings.url}/{path}", json=asked, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable("shop: no answer") from error
        self.raise_for(answer.status_code)
        self.check(path, answer.content)
        return answer.content

    def raise_for(self, status):
        errors = {401: Unauthorised("shop: 401"), 500: Unreachable("shop: 500")}
        if status == 429:
            raise Throttled("shop: 429", until=datetime.now(UTC))
        if status in errors:
            raise errors[status]


@caught_by("test_a_fault_at_find_is_the_right_class[unauthorised]", "raised Unreachable")
class RetriesBadCredentials(Answering):
    def raise_for(self, status):
        super().raise_for(500 if status == 401 else status)


@caught_by("test_a_fault_at_export_is_the_right_class[throttled]", "raised Unreachable")
class DoesNotWait(Answering):
    def raise_for(self, status):
        super().raise_for(500 if status == 429 else status)


@caught_by("test_a_fault_at_find_is_the_right_class[throttled]", "without a time zone")
class WaitsForNoTime(Answering):
    def raise_for(self, status):
        if status == 429:
            raise Throttled("shop: 429", until=datetime(2026, 11, 22))  # noqa: DTZ001 - what it breaks
        super().raise_for(status)


@caught_by("test_a_fault_at_an_erasure_is_the_right_class[broken]", "raised Refused")
class GivesUpAtFailures(Answering):
    def raise_for(self, status):
        if status == 500:
            raise Refused("shop: 500")
        super().raise_for(status)


@caught_by("test_a_fault_at_find_is_the_right_class[silent]", "raised ReadTimeout")
class LetsTheClientsErrorsOut(ShopSession):
    async def bytes_of(self, path, **asked):
        headers = {"authorization": f"Bearer {self.settings.token}"}
        answer = await self.http.post(f"{self.settings.url}/{path}", json=asked, headers=headers)
        return answer.raise_for_status().content


@caught_by("test_a_fault_at_probe_is_the_right_class[garbage]", "raised JSONDecodeError")
class LetsTheParsersErrorsOut(ShopSession):
    def check(self, path, content):
        pass


class Lenient(ShopSession):
    async def ask(self, path, **asked):
        try:
            return await super().ask(path, **asked)
        except Unreachable:
            return {"items": [], "more": False} if path == "page" else []


@caught_by("test_a_fault_at_find_is_the_right_class[cut_off]", "as if nothing were wrong")
class FindsNothingWhenCutOff(Lenient):
    pass


@caught_by(
    "test_a_fault_in_the_middle_of_an_export_never_looks_like_its_end[broken]", "as if it were complete"
)
class EndsWhenBroken(Lenient):
    pass


@caught_by("test_a_fault_at_find_is_the_right_class[broken]", "fell over")
class NeverRecovers(ShopSession):
    fallen = False

    async def ask(self, path, **asked):
        if self.fallen:
            raise Unreachable("shop: fell over")
        try:
            return await super().ask(path, **asked)
        except Unreachable:
            self.fallen = True
            raise
