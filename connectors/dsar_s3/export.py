"""An export: place by place, each oldest first, with a mark after every few objects."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from dsar.contract import Attachment, Mark, Record, Refused
from dsar_s3.api import Api
from dsar_s3.entries import Entry
from dsar_s3.items import asked, shown
from dsar_s3.ordered import Order, batches, side_by_side
from dsar_s3.persons import Person
from dsar_s3.sources import Source, Tenants

Mine = Sequence[tuple[Source, Tenants]]
"""The places that a case may touch, each with the customers whose objects it may."""

_CUT = "|"
_ALL = "\U0010ffff"  # after every id


async def export(
    api: Api, person: Person, mine: Mine, after: Mark | None
) -> AsyncIterator[Record | Attachment | Mark]:
    """What is written meanwhile comes after the mark, unless the store dates it before."""
    done_place, done = _resumed(after, mine)
    places = [source.place.key for source, _ in mine]
    begin = places.index(done_place) if done_place is not None else 0
    for source, tenants in mine[begin:]:
        since = done if source.place.key == done_place else None
        async for item in _of_place(api, person, source, tenants, since):
            yield item


async def _of_place(
    api: Api, person: Person, source: Source, tenants: Tenants, since: Order | None
) -> AsyncIterator[Record | Attachment | Mark]:
    every = api.settings.mark_every_objects
    async for batch in batches(lambda: source.entries(person, tenants), since):
        for start in range(0, len(batch), every):
            some, further = batch[start : start + every], batch[start + every :]
            read_at = datetime.now(UTC)
            for said in await side_by_side(lambda entry: asked(api, entry), some):
                for item in [] if said.gone else shown(api, source.place, said, read_at):
                    yield item
            if mark := _mark(source.place.key, some[-1], further):
                yield mark


def _mark(place: str, last: Entry, further: Sequence[Entry]) -> Mark | None:
    """After this entry, or after all of its moment. A digest that a key went into stands in no mark: none between."""
    if last.has_own_id:
        return Mark(_CUT.join((place, _written(last.at), last.id)))
    if further and further[0].at > last.at:
        return Mark(_CUT.join((place, _written(last.at), "")))
    return None


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _resumed(after: Mark | None, mine: Mine) -> tuple[str | None, Order | None]:
    if after is None:
        return None, None
    place, _, rest = after.cursor.partition(_CUT)
    moment, _, entry_id = rest.partition(_CUT)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or place not in {source.place.key for source, _ in mine}:
        raise Refused("s3: the mark is not one of this connector's; export from the beginning")
    return place, (False, at, entry_id or _ALL)
