"""Everyone whom a call store holds, for each customer: read through once, in bounded memory."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import lru_cache

import phonenumbers

from dsar.contract import Held, Ref
from dsar_asterisk.calls import Call, Owner, joined
from dsar_asterisk.numbers import Phone, is_withheld
from dsar_asterisk.search import Search, drained
from dsar_asterisk.settings import AsteriskSettings
from dsar_asterisk.traces import Trace
from dsar_asterisk.wanted import All, by_uniqueids

_NUMBERS_KEPT = 16_384
_TRACES_AT_ONCE = 20_000
_UNCLEAR_MAX = 50_000

ReadPhone = Callable[[str], Phone | None]


class Everyone:
    """One reading. Who was named a moment ago is not named again; who was named long ago may be."""

    def __init__(self, search: Search, settings: AsteriskSettings, read: ReadPhone) -> None:
        self._search = search
        self._own = frozenset(settings.operator_account_codes)
        self._reads_queues = settings.queue_log is not None
        self._e164 = lru_cache(_NUMBERS_KEPT)(_reader(settings, read))
        self._told: dict[Held, None] = {}

    async def held(self) -> AsyncIterator[Held]:
        """Traces are joined as they stand together; what then has no customer is searched for everywhere."""
        unclear: set[str] = set()
        async for traces in self._stretches():
            for call in joined(traces, self._search.same_leg):
                for held in self._named(call):
                    yield held
                unclear |= self._unclear(call)
            if len(unclear) >= _UNCLEAR_MAX:
                async for held in self._cleared(unclear):
                    yield held
                unclear = set()
        async for held in self._cleared(unclear):
            yield held

    async def _stretches(self) -> AsyncIterator[list[Trace]]:
        for source in self._search.sources:
            traces: list[Trace] = []
            async for batch in drained(source, All()):
                traces += batch
                if len(traces) >= _TRACES_AT_ONCE:
                    yield traces
                    traces = []
            yield traces

    async def _cleared(self, uniqueids: Iterable[str]) -> AsyncIterator[Held]:
        wanted = by_uniqueids(uniqueids)
        if wanted.uniqueids:
            for call in await self._search.whole(wanted):
                for held in (*self._named(call), *self._unclaimed(call)):
                    yield held

    def _named(self, call: Call) -> Iterator[Held]:
        for code in sorted(call.accountcodes):
            part = call.part(Owner(frozenset({code})))
            if part is not None:
                yield from self._fresh(part.traces, None if code in self._own else code)

    def _unclaimed(self, call: Call) -> Iterator[Held]:
        """The operator's are callers in a queue of whose calls no other log is left."""
        if self._reads_queues and not (call.legs or call.events):
            yield from self._fresh(call.traces, None)

    def _unclear(self, call: Call) -> set[str]:
        """The channels without a customer whose rows name somebody."""
        coded = {trace.uniqueid for trace in call.traces if trace.accountcode}
        named = (
            trace for trace in call.traces if not trace.accountcode and any(map(self._e164, trace.numbers))
        )
        return set() if coded else {trace.uniqueid for trace in named}

    def _fresh(self, traces: Iterable[Trace], tenant: str | None) -> Iterator[Held]:
        numbers = (self._e164(number) for trace in traces for number in trace.numbers)
        for held in {Held(Ref("phone", number), tenant) for number in numbers if number}:
            if held not in self._told:
                self._told[held] = None
                yield held
        while len(self._told) > _NUMBERS_KEPT:
            del self._told[next(iter(self._told))]


def _reader(settings: AsteriskSettings, read: ReadPhone) -> Callable[[str], str | None]:
    """Of a number as a trunk wrote it: the number that a search finds it by, if there is one."""

    def of(text: str) -> str | None:
        written = text.strip()
        if is_withheld(written):
            return None
        for candidate in _candidates(written, settings):
            phone = read(candidate)
            if phone is not None and phone.is_number(written):
                return phone.e164
        return None

    return of


def _candidates(written: str, settings: AsteriskSettings) -> Iterator[str]:
    """In E.164, what the text may stand for."""
    if written.startswith("+"):
        yield written
    if written.startswith("00"):
        yield f"+{written[2:]}"
    if settings.international_without_plus:
        yield f"+{written}"
    if settings.region is not None:
        try:
            number = phonenumbers.parse(written, settings.region)
        except phonenumbers.NumberParseException:
            return
        yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
