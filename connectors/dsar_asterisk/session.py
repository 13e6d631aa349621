"""One Asterisk call store that is open."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from dsar.contract import (
    Attachment,
    Collection,
    Coverage,
    Erase,
    Held,
    Mark,
    Match,
    Order,
    Plan,
    Receipt,
    Record,
    Ref,
    Refused,
    Role,
    Scope,
    Session,
    Speaker,
    TenantHit,
)
from dsar_asterisk import plans
from dsar_asterisk.audio import Audio
from dsar_asterisk.calls import Call, Owner
from dsar_asterisk.copies import Copies
from dsar_asterisk.doomed import Erasing
from dsar_asterisk.everyone import Everyone
from dsar_asterisk.items import (
    CALLS,
    COLLECTIONS,
    EVENTS,
    QUEUED,
    RECORDINGS,
    TRANSCRIPTS,
    View,
    collections_of,
    items,
)
from dsar_asterisk.numbers import Phone, phone
from dsar_asterisk.reach import coverage
from dsar_asterisk.search import Search
from dsar_asterisk.settings import AsteriskSettings
from dsar_asterisk.times import Clock
from dsar_asterisk.traces import is_uniqueid, moment


class AsteriskSession(Session):
    """Searches all configured copies at every call, and keeps nothing between two."""

    def __init__(self, settings: AsteriskSettings, copies: Copies, search: Search, audio: Audio) -> None:
        self._settings = settings
        self._copies = copies
        self._search = search
        self._audio = audio
        self._clock = Clock(settings.timezone)

    @property
    def collections(self) -> Mapping[str, Collection]:
        """Calls, and of the rest what is configured."""
        configured = {
            CALLS: True,
            EVENTS: bool(self._copies.cel_csv or self._copies.cel_sqlite),
            QUEUED: self._copies.queue is not None,
            TRANSCRIPTS: self._audio.transcripts is not None,
            RECORDINGS: self._audio.is_kept,
        }
        return {name: collection for name, collection in COLLECTIONS.items() if configured[name]}

    async def probe(self) -> Coverage:
        """Read the beginning of every log, and ask for a recording."""
        widths = {source.name: await asyncio.to_thread(source.probe) for source in self._copies.sources}
        await self._audio.probe()
        return await asyncio.to_thread(coverage, self._settings, self._copies, widths)

    async def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        """Name each account code that has a call with a number; the operator's own are no customers."""
        told = set(self._settings.operator_account_codes)
        phones = self._phones(refs)
        calls = await self._search.calls(list(phones.values()), None)
        for ref, number in phones.items():
            for code in sorted({code for call in calls for code in _holders(call, number)} - told):
                told.add(code)
                held = [part for call in calls if (part := call.part(Owner(frozenset({code}))))]
                yield TenantHit(code, ref, await self._counts(held, list(phones.values())))

    async def _counts(self, parts: Sequence[Call], numbers: Sequence[Phone]) -> dict[str, int]:
        """How many records of a customer's these numbers have; what Asterisk keeps itself is not asked for."""
        named = [part for part in parts if any(part.names(number) for number in numbers)]
        counts = dict.fromkeys((name for name in self.collections if name != RECORDINGS), 0)
        for part in named:
            for collection in collections_of(part):
                counts[collection] += 1
        for part in named if TRANSCRIPTS in counts else ():
            counts[TRANSCRIPTS] += bool(await self._audio.written_down(part.uniqueids))
        if self._audio.folder:
            uniqueids = [uniqueid for part in named for uniqueid in part.uniqueids]
            counts[RECORDINGS] = len(await self._audio.in_folder(uniqueids))
        return counts

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """One match for each number that has a call in scope."""
        phones = self._phones(refs)
        calls = await self._search.calls(list(phones.values()), self._owner(scope))
        if phones:
            await self._audio.probe()  # what could not be collected afterwards is said now
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
        agent = Speaker(self._settings.agent_is)
        view = View(number, self._clock, agent, self._settings.transcript_speakers, datetime.now(UTC))
        calls = await self._search.calls([number], self._owner(scope))
        left = [call for call in calls if done is None or moment(call.id) > done]
        for count, call in enumerate(left, start=1):
            said = await self._audio.said(call.uniqueids)
            for item in items(call, said, await self._audio.found(call.uniqueids), view):
                yield item
            if count % self._settings.mark_every_calls == 0 or count == len(left):
                yield Mark(call.id)

    async def read(self, attachment: Attachment, scope: Scope) -> AsyncIterator[bytes]:
        """The file's bytes, once the channel it is named after is seen to be in scope."""
        if attachment.origin.collection != RECORDINGS:
            raise Refused("recordings: the attachment is no recording of this system; export it again")
        uniqueid = self._audio.uniqueid_of(attachment.origin.record_id)
        if not await self._search.holds(uniqueid, self._owner(scope)):
            raise Refused("recordings: no call in scope has this recording; it was erased or is another's")
        recording = await self._audio.named(attachment.origin.record_id, [uniqueid])
        async for piece in self._audio.pieces(recording):
            yield piece

    async def foresee(self, ref: Ref, scope: Scope, order: Erase) -> Plan:
        """All of the calls, or those that the order names."""
        return await plans.foresee(self._erasing(ref, scope), order)

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        """Erase; what is gone stays gone, so that repeating changes nothing whatever the key."""
        if not isinstance(order, Erase):
            raise Refused("asterisk: a call log can only be erased; a person carries out this order")
        return await plans.carry_out(self._erasing(ref, scope), order, key)

    async def everyone(self) -> AsyncIterator[Held]:
        """Every number at both ends of every call, with the customer whose call it is."""
        async for held in Everyone(self._search, self._settings, self._number).held():
            yield held

    def _erasing(self, ref: Ref, scope: Scope) -> Erasing:
        return Erasing(self._copies, self._audio, self._search, self._phone(ref), self._owner(scope))

    def _owner(self, scope: Scope) -> Owner:
        if scope.role is Role.CONTROLLER or scope.tenant is None:
            return Owner(frozenset(self._settings.operator_account_codes), unclaimed=True)
        if not scope.tenant.strip():
            # The second leg of every customer's call has an empty account code.
            raise Refused("asterisk: the scope's tenant is an empty account code; name the customer's")
        return Owner(frozenset({scope.tenant}))

    def _phones(self, refs: Sequence[Ref]) -> dict[Ref, Phone]:
        """The numbers among the identities, each under the first identity that states it."""
        first: dict[str, tuple[Ref, Phone]] = {}
        for ref in refs:
            number = self._number(ref.value) if ref.kind == "phone" else None
            if number is not None:
                first.setdefault(number.e164, (ref, number))
        return dict(first.values())

    def _phone(self, ref: Ref) -> Phone:
        number = self._number(ref.value) if ref.kind == "phone" else None
        if number is None:
            raise Refused("asterisk: the subject is no phone number in E.164; find it again")
        return number

    def _number(self, e164: str) -> Phone | None:
        settings = self._settings
        return phone(e164, settings.region, without_plus=settings.international_without_plus)


def _holders(call: Call, number: Phone) -> frozenset[str]:
    """The account codes whose part of the call names the number."""
    parts = {code: call.part(Owner(frozenset({code}))) for code in call.accountcodes}
    return frozenset(code for code, part in parts.items() if part is not None and part.names(number))


def _resumed(after: Mark | None) -> tuple[int, int, str] | None:
    if after is None:
        return None
    if not is_uniqueid(after.cursor):
        raise Refused("asterisk: the mark is not this connector's; export from the beginning")
    return moment(after.cursor)
