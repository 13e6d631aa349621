"""The logs' times as instants: epoch seconds, or local times of the server's zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dsar_asterisk.cdr import Leg
from dsar_asterisk.cel import Event, epoch
from dsar_asterisk.traces import moment


class Clock:
    """Reads local times of one zone."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def start(self, leg: Leg) -> str | None:
        return self._instant(leg.start, near=moment(leg.uniqueid)[0])

    def answer(self, leg: Leg) -> str | None:
        rang = _seconds(leg.duration) - _seconds(leg.billsec)
        return self._instant(leg.answer, near=moment(leg.uniqueid)[0] + rang)

    def end(self, leg: Leg) -> str | None:
        return self._instant(leg.end, near=moment(leg.uniqueid)[0] + _seconds(leg.duration))

    def event(self, event: Event) -> str | None:
        """Epoch seconds as the CEL writes them, or a local time where `dateformat` is set."""
        seconds = epoch(event.eventtime)
        near = moment(event.uniqueid)[0]
        return self._instant(event.eventtime, near=near) if seconds is None else self.at(seconds)

    def at(self, seconds: float) -> str:
        """The moment so many seconds after the epoch, ISO 8601 with the offset."""
        return datetime.fromtimestamp(seconds, self._zone).isoformat()

    def _instant(self, text: str, near: int) -> str | None:
        """ISO 8601 with the offset. Of the hour that comes twice in autumn, the reading nearest to `near`."""
        if not text:
            return None
        local = datetime.fromisoformat(text)
        readings = [local.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1)]
        return min(readings, key=lambda reading: abs(reading.timestamp() - near)).isoformat()


def _seconds(text: str) -> int:
    return int(text) if text else 0
