"""What an erasure would take as things stand: the items of the number's calls, or those of them that are named."""

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from dsar.contract import Plan, Refused, digest
from dsar_asterisk.audio import Audio
from dsar_asterisk.calls import Call, Owner
from dsar_asterisk.copies import Copies
from dsar_asterisk.items import CALLS, EVENTS, QUEUED, RECORDINGS, TRANSCRIPTS, collections_of
from dsar_asterisk.numbers import Phone
from dsar_asterisk.recording import Recording
from dsar_asterisk.search import Search

Item = tuple[str, str]


class Erasing(Struct, frozen=True):
    """Where, by which search, and whose."""

    copies: Copies
    audio: Audio
    search: Search
    phone: Phone
    owner: Owner


class Doomed(Struct, frozen=True):
    """The items, and the calls and recordings that they are."""

    items: frozenset[Item]
    calls: tuple[Call, ...]
    recordings: tuple[Recording, ...]
    said: tuple[str, ...]  # the channels whose transcripts go

    @property
    def plan(self) -> Plan:
        """All of it goes, for a call log keeps nothing on a ground of its own."""
        return Plan(Counter(collection for collection, _ in self.items), (), digest(self.items, ()))

    @property
    def legs(self) -> frozenset[str]:
        """The channels whose rows go from the CDR."""
        return frozenset(leg.uniqueid for call in self._calls(CALLS) for leg in call.legs)

    @property
    def events(self) -> frozenset[str]:
        """The channels whose rows go from the event log."""
        return frozenset(event.uniqueid for call in self._calls(EVENTS) for event in call.events)

    @property
    def queued(self) -> frozenset[str]:
        """The channels whose rows go from the queue log."""
        return frozenset(row.uniqueid for call in self._calls(QUEUED) for row in call.queued)

    def _calls(self, collection: str) -> Iterator[Call]:
        return (call for call in self.calls if (collection, call.id) in self.items)


async def doomed(work: Erasing, named: frozenset[Item] | None) -> Doomed:
    """All of the number's; with `named`, these of it: the number may be another person's by now."""
    items: set[Item] = set()
    recordings: list[Recording] = []
    said: list[str] = []
    calls = await work.search.calls([work.phone], work.owner)
    for call in calls:
        heard = await work.audio.found(call.uniqueids)
        there = [(collection, call.id) for collection in collections_of(call)]
        written = await work.audio.written_down(call.uniqueids)
        there += [(TRANSCRIPTS, call.id)] if written else []
        there += [(RECORDINGS, recording.id) for recording in heard]
        taken = [item for item in there if named is None or item in named]
        if there[0] in taken and taken != there:
            # Nothing else says whose the rest is: it would stay for ever, and nobody would find it.
            raise Refused(
                "asterisk: the order names a call without all that belongs to it; "
                "name its recordings, transcripts and events too"
            )
        items.update(taken)
        recordings += [recording for recording in heard if (RECORDINGS, recording.id) in items]
        said += written if (TRANSCRIPTS, call.id) in items else []
    return Doomed(frozenset(items), tuple(calls), tuple(recordings), tuple(said))
