"""Pages of findings open one segment after another, no more than they need, and show every item once."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.contract import Attachment, Origin, Record
from dsar.domain.errors import InvalidInput, NotNow
from dsar.domain.rights import Right
from dsar.domain.withholding import Known, Withholding
from dsar.review import browsing
from dsar.review.browsing import Wanted, turned
from dsar.review.counting import summed
from dsar.review.item import Item
from dsar.review.looking import Look
from dsar.review.opening import Sealed
from dsar.review.shown import says
from dsar.store.findings import SegmentRow
from dsar.vault.keys import CaseKey
from dsar.vault.segments import StoredAttachment, encode, opened, pack

KEY = CaseKey(b"k" * 32)
AT = datetime(2026, 3, 1, tzinfo=UTC)
STEP = UUID(int=7)


class Blobs:
    """Segments by name, and how often each was read."""

    def __init__(self):
        self.held, self.read = {}, []

    async def get(self, key):
        self.read.append(key)
        return self.held[key]


class Everything:
    """A right that reaches all."""

    def against(self, category, *, portable):
        return None


def look_at(*segments):
    """A case with these segments, each a list of a record's data."""
    blobs, rows = Blobs(), []
    for seq, records in enumerate(segments, 1):
        lines = [encode(Record(Origin("notes", f"{seq}-{n}", AT), data)) for n, data in enumerate(records)]
        blobs.held[str(seq)] = pack(lines, KEY)
        rows.append(
            SegmentRow(
                step_id=STEP,
                seq=seq,
                system_key="crm",
                collection="notes",
                category="contact",
                portable=True,
                records=len(records),
                attachments=0,
                bytes=sum(map(len, lines)),
                blob_key=str(seq),
            )
        )
    plain = Withholding(Right.ACCESS, to_controller=False, known=Known(), index=lambda _, __: b"")
    return Look(None, Sealed(None, blobs, KEY), rows, plain, Everything(), frozenset(), {}), blobs


async def every_page(look, wanted, limit):
    after, pages = None, []
    while True:
        page = await turned(look, wanted, after, limit)
        pages.append(page)
        after = page.next
        if after is None:
            return pages


values = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=20), max_size=3)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(values, max_size=5), max_size=5), st.integers(1, 7))
def test_whatever_the_segments_and_the_page_size_each_item_is_shown_once_in_order(segments, limit):
    look, _ = look_at(*segments)
    pages = asyncio.run(every_page(look, Wanted(), limit))
    shown = [finding.record_id for page in pages for finding in page.findings]
    assert shown == [f"{seq}-{n}" for seq, held in enumerate(segments, 1) for n in range(len(held))]
    assert all(len(page.findings) <= limit for page in pages)


async def test_a_page_opens_what_it_needs_and_a_search_no_more_than_it_may(monkeypatch):
    look, blobs = look_at(*([{"n": f"at {number}"}] * 2 for number in range(30)))
    await turned(look, Wanted(), None, 3)
    assert blobs.read == ["1", "2"]
    blobs.read.clear()
    monkeypatch.setattr(browsing, "OPENED_SEGMENTS_MAX", 10)
    pages = await every_page(look, Wanted(q="At 29"), 5)
    assert (len(pages), len(blobs.read)) == (3, 30)
    assert [len(page.findings) for page in pages] == [0, 0, 2]
    blobs.read.clear()
    monkeypatch.setattr(browsing, "OPENED_BYTES_MAX", 1)
    assert (await turned(look, Wanted(q="at 29"), None, 5)).next == f"{STEP}/2/0"
    assert blobs.read == ["1"]


async def test_what_is_filtered_from_outside_is_not_opened_at_all():
    look, blobs = look_at([{"a": 1}])
    for wanted in (Wanted(system="x"), Wanted(category="x"), Wanted(collection="x"), Wanted(match="unsure")):
        assert (await turned(look, wanted, None, 5)).findings == []
    assert blobs.read == []


async def test_a_finding_keeps_every_digit_and_every_character():
    raw = msgspec.Raw(
        b'{"price": 12.50, "long": 0.1234567890123456789012345, "text": "\\u202e<script>\\u0000"}'
    )
    look, _ = look_at([raw])
    (finding,) = (await turned(look, Wanted(), None, 5)).findings
    assert bytes(finding.data).startswith(b'{"price":12.50,"long":0.1234567890123456789012345,')
    assert msgspec.json.decode(finding.data)["text"] == "\u202e<script>\x00"


async def test_a_record_larger_than_an_answer_is_shown_alone(monkeypatch):
    monkeypatch.setattr(browsing, "ANSWER_BYTES_MAX", 1000)
    look, _ = look_at([{"text": "x" * 5000}, {"text": "y"}])
    assert [len(page.findings) for page in await every_page(look, Wanted(), 5)] == [1, 1]


@pytest.mark.parametrize("how", ["changed", "short"])
async def test_a_damaged_segment_is_named_in_pages_and_in_the_summary_and_the_others_are_shown(how):
    look, blobs = look_at([{"n": 1}], [{"n": 2}], [{"n": 3}])
    blobs.held["2"] = b"\x00" * 40 if how == "changed" else pack([], KEY)
    (page,) = await every_page(look, Wanted(), 5)
    assert [finding.record_id for finding in page.findings] == ["1-0", "3-0"]
    assert [(one.seq, one.records) for one in page.damaged] == [(2, 1)]
    assert (await summed(look)).damaged == page.damaged


async def test_a_cursor_of_a_segment_that_is_gone_says_so_and_one_that_is_none_too():
    look, _ = look_at([{"n": 1}])
    with pytest.raises(NotNow):
        await turned(look, Wanted(), f"{STEP}/9/0", 5)
    for text in ("", "x", f"{STEP}/1", f"{STEP}/-1/0", f"{STEP}/1/-1", f"{STEP}/01/0", "x" * 10_000, "a/b/c"):
        with pytest.raises(InvalidInput):
            await turned(look, Wanted(), text, 5)
    assert Item.parse(f"{STEP}/1/2") == Item(STEP, 1, 2)


@pytest.mark.parametrize(
    ("data", "wanted", "there"),
    [
        ({"a": {"b": ["Olli"]}}, "olli", True),
        ({"a": "STRASSE"}, "straße".casefold(), True),
        ({"a": 1234}, "23", True),
        ({"a": Decimal("0.50")}, "0.50", True),
        ({"a": True, "b": None}, "true", False),
        ({"olli": 1}, "olli", False),
    ],
    ids=["nested", "folded", "number", "digits", "no text", "a name is no value"],
)
def test_a_search_looks_at_values_and_not_at_their_names(data, wanted, there):
    line = encode(Record(Origin("notes", "r1", AT), data | {"number": 1}))
    (item,) = opened(pack([line], KEY), KEY)
    if isinstance(data.get("a"), Decimal):  # as the decoder gives it: a number with its digits
        item.data = data
    assert says(item, wanted) is there


def test_a_file_is_found_by_its_name_and_by_its_id():
    stored = StoredAttachment(Attachment(Origin("calls", "R-17", AT), "Call.WAV", "audio/wav"), "k", 1)
    assert says(stored, "call.wav")
    assert says(stored, "r-17")
    assert not says(stored, "audio")
