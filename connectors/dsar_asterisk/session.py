"""One Asterisk call store that is open."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from dsar.contract import (
    Attachment,
    Collection,
    Coverage,
    Erase,
    Mark,
    Match,
    Order,
    Receipt,
    Record,
    Ref,
    Refused,
    Role,
    Scope,
    Session,
    TenantHit,
)
from dsar_asterisk.calls import Call
from dsar_asterisk.cdr import is_uniqueid, moment
from dsar_asterisk.erase import Copies, erase
from dsar_asterisk.numbers import Phone, phone
from dsar_asterisk.record import CALLS, RECORDINGS, attachment, call_record
from dsar_asterisk.recordings import Recording, uniqueid_of
from dsar_asterisk.search import Search
from dsar_asterisk.settings import AsteriskSettings
from dsar_asterisk.times import Clock

COLLECTIONS = {
    CALLS: Collection(
        category="call_records", description="Calls with their legs, times and numbers", dated="start"
    ),
    RECORDINGS: Collection(category="call_recordings", description="Audio of recorded calls"),
}


class AsteriskSession(Session):
    """Searches all configured copies at every call, and keeps nothing between two."""

    def __init__(self, settings: AsteriskSettings, copies: Copies, search: Search) -> None:
        self._settings = settings
        self._copies = copies
        self._search = search
        self._clock = Clock(settings.timezone)

    @property
    def collections(self) -> Mapping[str, Collection]:
        """Calls, and recordings where a folder is set."""
        return {
            name: collection
            for name, collection in COLLECTIONS.items()
            if name == CALLS or self._copies.recordings
        }

    async def probe(self) -> Coverage:
        """Read the beginning of every copy."""
        for source in self._copies.sources:
            await asyncio.to_thread(source.probe)
        await self._recordings_of(())
        return Coverage()

    async def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        """Name each account code that has a call with a number; the operator's own are no customers."""
        told = set(self._settings.operator_account_codes)
        phones = self._phones(refs)
        calls = await self._search.calls(list(phones.values()), None)
        for ref, number in phones.items():
            for code in sorted({code for call in calls for code in _holders(call, number)} - told):
                told.add(code)
                held = [part for call in calls if (part := call.part(frozenset({code})))]
                yield TenantHit(code, ref, await self._counts(held, list(phones.values())))

    async def _counts(self, parts: Sequence[Call], numbers: Sequence[Phone]) -> dict[str, int]:
        """How many calls and recordings of a customer's these numbers have."""
        named = [part for part in parts if any(part.names(number) for number in numbers)]
        counts = {CALLS: len(named)}
        if self._copies.recordings:
            uniqueids = [uniqueid for part in named for uniqueid in part.uniqueids]
            counts[RECORDINGS] = len(await self._recordings_of(uniqueids))
        return counts

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """One match for each number that has a call in scope."""
        phones = self._phones(refs)
        calls = await self._search.calls(list(phones.values()), self._codes(scope))
        for ref, number in phones.items():
            if any(call.names(number) for call in calls):
                yield Match(ref=Ref("phone", number.e164), found_by=ref)

    async def export(
        self,
        ref: Ref,
        scope: Scope,
        after: Mark | None,
    ) -> AsyncIterator[Record | Attachment | Mark]:
        """Calls in the order of their ids, each before its recordings; a mark is the last call's id."""
        number = self._phone(ref)
        done = _resumed(after)
        read_at = datetime.now(UTC)
        calls = await self._search.calls([number], self._codes(scope))
        left = [call for call in calls if done is None or moment(call.id) > done]
        for count, call in enumerate(left, start=1):
            recordings = await self._recordings_of(call.uniqueids)
            yield call_record(call, number, recordings, self._clock, read_at)
            for recording in recordings:
                yield attachment(recording, read_at)
            if count % self._settings.mark_every_calls == 0 or count == len(left):
                yield Mark(call.id)

    async def read(self, attachment: Attachment, scope: Scope) -> AsyncIterator[bytes]:
        """The file's bytes, once the channel it is named after is seen to be in scope."""
        uniqueid = uniqueid_of(attachment.name)
        if self._copies.recordings is None or attachment.origin.collection != RECORDINGS:
            raise Refused("recordings_dir: the attachment is no recording of this system; export it again")
        if not await self._search.holds(uniqueid, self._codes(scope)):
            raise Refused(
                "recordings_dir: no call in scope has this recording; it was erased or is another's"
            )
        pieces = self._copies.recordings.pieces(attachment.name)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:  # noqa: ARG002 - by nature
        """Erase; what is gone stays gone, so that repeating changes nothing whatever the key."""
        if not isinstance(order, Erase):
            raise Refused("asterisk: a call log can only be erased; a person carries out this order")
        return await erase(
            self._copies, self._search, self._phone(ref), self._codes(scope), calls_of(order.named)
        )

    def _codes(self, scope: Scope) -> frozenset[str]:
        if scope.role is Role.CONTROLLER or scope.tenant is None:
            return frozenset(self._settings.operator_account_codes)
        if not scope.tenant.strip():
            # The second leg of every customer's call has an empty account code.
            raise Refused("asterisk: the scope's tenant is an empty account code; name the customer's")
        return frozenset({scope.tenant})

    def _phones(self, refs: Sequence[Ref]) -> dict[Ref, Phone]:
        """The numbers among the identities, each under the first identity that states it."""
        first: dict[str, tuple[Ref, Phone]] = {}
        for ref in refs:
            number = self._read_phone(ref)
            if number is not None:
                first.setdefault(number.e164, (ref, number))
        return dict(first.values())

    def _phone(self, ref: Ref) -> Phone:
        number = self._read_phone(ref)
        if number is None:
            raise Refused("asterisk: the subject is no phone number in E.164; find it again")
        return number

    def _read_phone(self, ref: Ref) -> Phone | None:
        if ref.kind != "phone":
            return None
        settings = self._settings
        return phone(ref.value, settings.region, without_plus=settings.international_without_plus)

    async def _recordings_of(self, uniqueids: Sequence[str]) -> list[Recording]:
        if self._copies.recordings is None:
            return []
        return await asyncio.to_thread(self._copies.recordings.found, uniqueids)


def calls_of(named: frozenset[tuple[str, str]]) -> frozenset[str] | None:
    """The calls that an erasure is about, with their recordings; None: all of the number's.

    A number may be another person's by the time at which an order that was held back is carried out.
    """
    if not named:
        return None
    return frozenset(record_id for collection, record_id in named if collection == CALLS)


def _holders(call: Call, number: Phone) -> frozenset[str]:
    """The account codes whose part of the call names the number."""
    parts = {code: call.part(frozenset({code})) for code in call.accountcodes}
    return frozenset(code for code, part in parts.items() if part is not None and part.names(number))


def _resumed(after: Mark | None) -> tuple[int, int, str] | None:
    if after is None:
        return None
    if not is_uniqueid(after.cursor):
        raise Refused("asterisk: the mark is not this connector's; export from the beginning")
    return moment(after.cursor)
