"""A call's rows of the queue log as the export shows them. Agents are other people: their names are pointed out."""

from dsar.contract import Origin, Record
from dsar_asterisk.calls import Call
from dsar_asterisk.numbers import Phone
from dsar_asterisk.queued import Queued
from dsar_asterisk.times import Clock


def queue_record(call: Call, phone: Phone, clock: Clock, origin: Origin) -> Record:
    """All of the call's rows in the order in which they were written."""
    data = {
        "call_id": call.id,
        "start": clock.at(int(call.queued[0].time)),
        "events": [_shown(row, clock) for row in call.queued],
    }
    agents = [f"/events/{place}/agent" for place, row in enumerate(call.queued) if row.names_agent]
    numbers = [
        f"/events/{place}/data/{row.number_at}"
        for place, row in enumerate(call.queued)
        if row.number_at is not None and not any(map(phone.is_number, row.numbers)) and row.numbers[0]
    ]
    return Record(origin, data, others=(*agents, *numbers))


def _shown(row: Queued, clock: Clock) -> dict[str, object]:
    return {
        "time": clock.at(int(row.time)),
        "channel_id": row.uniqueid,
        "queue": row.queue,
        "agent": row.agent,
        "event": row.event,
        "data": list(row.data),
        "found_in": list(row.found_in),
    }
