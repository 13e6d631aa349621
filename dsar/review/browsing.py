"""What was found, page by page, straight from the sealed segments: nothing loads whole."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from dsar.domain.errors import NotNow
from dsar.domain.withholding import Certainty
from dsar.review import shown
from dsar.review.acting import Actor
from dsar.review.hearing import ByRecord, heard_in, how_it_leaves
from dsar.review.item import Item
from dsar.review.looking import Look, Looking
from dsar.review.opening import where_of
from dsar.review.shown import Finding
from dsar.store.findings import SegmentRow
from dsar.vault import VaultError
from dsar.vault.segments import Collectable, StoredAttachment

PAGE_SIZE_MAX = 200
# One call opens no more than this, and answers with no more: whoever looks for something rare turns the page.
OPENED_BYTES_MAX = 16 * 1024 * 1024
OPENED_SEGMENTS_MAX = 64
ANSWER_BYTES_MAX = 4 * 1024 * 1024
QUERY_LENGTH_MAX = 200

Query = Annotated[str, Meta(min_length=1, max_length=QUERY_LENGTH_MAX)]


class Wanted(Struct, frozen=True, kw_only=True):
    """What is looked for; all that is set must fit. `q` is found in any text or number of an item.

    `certainty` is that of something withheld.
    """

    system: str | None = None
    category: str | None = None
    collection: str | None = None
    match: Literal["sure", "unsure"] | None = None
    withheld: bool | None = None
    certainty: Certainty | None = None
    q: Query | None = None

    def may_be_in(self, look: Look, row: SegmentRow) -> bool:
        """Whether a segment can hold any of it, from the outside."""
        return (
            self.system in {None, row.system_key}
            and self.category in {None, row.category}
            and self.collection in {None, row.collection}
            and (self.match is None or (self.match == "sure") is look.is_sure(row))
        )

    def is_met_by(self, finding: Finding) -> bool:
        """Whether what would be withheld of it is what is looked for."""
        withheld = bool(finding.withheld) or finding.left_out is not None
        return self.withheld in {None, withheld} and (
            self.certainty is None or any(one.certainty is self.certainty for one in finding.withheld)
        )


class Damaged(Struct, frozen=True):
    """A segment that cannot be opened: it is gone or was changed. The others can be read."""

    system: str
    category: str
    collection: str
    step_id: UUID
    seq: int
    records: int
    files: int


class Page(Struct, frozen=True):
    """A page of findings; `next` is where the following one begins, also where this one is short or empty."""

    findings: list[Finding]
    next: str | None
    damaged: list[Damaged]


class Browsing:
    """Staff's look at what was found."""

    def __init__(self, looking: Looking) -> None:
        self._looking = looking

    async def page(self, actor: Actor, case_id: UUID, wanted: Wanted, after: str | None, limit: int) -> Page:
        """The next findings; the history says who looked."""
        page = await turned(await self._looking.at(case_id), wanted, after, limit)
        await self._looking.noted(actor, case_id, "findings.shown")
        return page


async def turned(look: Look, wanted: Wanted, after: str | None, limit: int) -> Page:
    """The page of a look that begins after a cursor; raises NotNow for one of what is no longer there."""
    rows, line = _from(look.rows, Item.parse(after) if after is not None else None)
    return await _Turning(look, wanted, limit).turn(rows, line)


class _Turning:
    """The gathering of one page."""

    def __init__(self, look: Look, wanted: Wanted, limit: int) -> None:
        self._look = look
        self._wanted = wanted
        self._limit = limit
        self._query = wanted.q.casefold() if wanted.q is not None else None
        self._found: list[Finding] = []
        self._damaged: list[Damaged] = []
        self._bytes = 0

    async def turn(self, rows: Sequence[SegmentRow], line: int) -> Page:
        """From that line of the first row, until the page is full or has cost enough."""
        opened = segments = 0
        for row in rows:
            if line == 0 and not self._wanted.may_be_in(self._look, row):
                continue
            if segments and (opened + row.bytes > OPENED_BYTES_MAX or segments >= OPENED_SEGMENTS_MAX):
                return self._page(Item(row.step_id, row.seq, line))
            opened, segments = opened + row.bytes, segments + 1
            stopped = await self._open(row, line)
            if stopped is not None:
                return self._page(Item(row.step_id, row.seq, stopped))
            line = 0
        return self._page(None)

    def _page(self, next_: Item | None) -> Page:
        return Page(self._found, str(next_) if next_ is not None else None, self._damaged)

    async def _open(self, row: SegmentRow, line: int) -> int | None:
        """Take what fits of a segment; the line at which the page was full, or None."""
        try:
            heard = await heard_in(self._look, row)
            return await self._look.sealed.looked_at(row, lambda items: self._take(row, items, line, heard))
        except VaultError:
            self._damaged.append(damaged(row))
            return None

    def _take(
        self,
        row: SegmentRow,
        items: list[Collectable],
        line: int,
        heard: ByRecord,
    ) -> int | None:
        for number, item in enumerate(items[line:], line):
            if len(self._found) >= self._limit or self._bytes >= ANSWER_BYTES_MAX:
                return number
            if self._query is not None and not shown.says(item, self._query):
                continue
            finding = finding_of(self._look, row, number, item, heard)
            if self._wanted.is_met_by(finding):
                self._found.append(finding)
                self._bytes += finding.size
        return None


def finding_of(look: Look, row: SegmentRow, number: int, item: Collectable, heard: ByRecord) -> Finding:
    """An item with what would be withheld of it."""
    where = where_of(row)
    if isinstance(item, StoredAttachment):
        return shown.file(look, row, number, item, how_it_leaves(look, row, item, heard))
    return shown.record(look, row, number, item, look.withholding.of(where, item))


def _from(rows: Sequence[SegmentRow], after: Item | None) -> tuple[Sequence[SegmentRow], int]:
    """The rows from a place on, and the line in the first of them."""
    if after is None:
        return rows, 0
    for number, row in enumerate(rows):
        if (row.step_id, row.seq) == (after.step_id, after.seq):
            return rows[number:], after.line
    raise NotNow("after", "is no longer good: it was collected anew.", "Begin with the first page.")


def damaged(row: SegmentRow) -> Damaged:
    """A segment that cannot be opened."""
    return Damaged(
        row.system_key, row.category, row.collection, row.step_id, row.seq, row.records, row.attachments
    )
