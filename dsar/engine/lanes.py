"""The lanes of one worker: one for each controller, so that a slow endpoint is nobody else's delay."""

from collections import Counter, OrderedDict
from uuid import UUID

from msgspec import Struct

from dsar.store.courier import Lane, Room

PLACES = 256  # messages on the way at once
POOLS = 128  # of connections: one pool of hundreds costs more for each message than the message (docs/benchmarks.md)
SLOW_PLACES = PLACES // 2  # of these, at most so many to slow endpoints
QUICK_LIMIT = 4  # to one endpoint at once
SLOW_LIMIT = 1  # to one that failed or was slow the last time, or that was never tried by this worker
SLOW_SECONDS = 2.0
# Who asks to be left alone gets nothing meanwhile, not even another message; but it may have moved, so not for long.
REST_SECONDS_MAX = 60.0
KNOWN_MAX = 10_000


class _Flight(Struct, frozen=True):
    lane: str
    retry: bool
    began: float


class _Known(Struct, frozen=True):
    quick: bool
    rests_until: float


class Lanes:
    """What is on the way, and what each lane was like the last time. Times are a monotonic clock's seconds."""

    def __init__(self) -> None:
        self._flights: dict[UUID, _Flight] = {}
        self._held: Counter[str] = Counter()
        self._known: OrderedDict[str, _Known] = OrderedDict()  # the longest untouched first

    def leaves(self, step_id: UUID, lane: str, *, retry: bool, at: float) -> None:
        """A message is on its way."""
        self._flights[step_id] = _Flight(lane, retry, at)
        self._held[lane] += 1

    def is_back(self, step_id: UUID, *, ok: bool, at: float, rest_seconds: float = 0.0) -> None:
        """Its attempt has ended; `rest_seconds` is how long the endpoint asked to be left alone."""
        flight = self._flights.pop(step_id)
        self._held[flight.lane] -= 1
        if not self._held[flight.lane]:
            del self._held[flight.lane]
        quick = ok and at - flight.began <= SLOW_SECONDS
        rests_until = at + min(rest_seconds, REST_SECONDS_MAX) if rest_seconds else 0.0
        self._known[flight.lane] = _Known(quick, rests_until)
        self._known.move_to_end(flight.lane)
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    def room(self, at: float) -> Room:
        """What may leave now."""
        slow = self._slow(at)
        in_slow = sum(flight.retry or flight.lane in slow for flight in self._flights.values())
        return Room(
            lanes=[self._lane(name, slow, at) for name in self._known.keys() | self._held.keys()],
            places=PLACES - len(self._flights),
            slow_places=max(0, min(SLOW_PLACES - in_slow, PLACES - len(self._flights))),
            new_limit=SLOW_LIMIT,
        )

    def _slow(self, at: float) -> set[str]:
        """Lanes that were slow, and those that show it just now."""
        late = {flight.lane for flight in self._flights.values() if at - flight.began > SLOW_SECONDS}
        return late | {name for name, known in self._known.items() if not known.quick}

    def _lane(self, name: str, slow: set[str], at: float) -> Lane:
        known = self._known.get(name)
        limit = QUICK_LIMIT if known is not None and name not in slow else SLOW_LIMIT
        if known is not None and known.rests_until > at:
            limit = 0
        return Lane(name, self._held[name], limit, name in slow)

    def __len__(self) -> int:
        """How many are on the way."""
        return len(self._flights)
