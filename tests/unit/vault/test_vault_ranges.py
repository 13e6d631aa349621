"""Any range of a sealed stream opens as those bytes of the whole, and nothing else is read."""

import secrets

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dsar.vault import BlobStore, CaseKey, VaultError
from dsar.vault.stream import CHUNK_BYTES, HEAD_BYTES, SealingWriter, Span, open_span, sealed_size

KEY = CaseKey(bytes(range(32)))
PLAIN = secrets.token_bytes(5 * CHUNK_BYTES + 100)
SIZES = [
    1,
    2,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    2 * CHUNK_BYTES,
    3 * CHUNK_BYTES + 7,
    len(PLAIN),
]


class Taking:
    def __init__(self):
        self.data = bytearray()

    def write(self, data):
        self.data += data


def seal(plain, purpose="bundle"):
    sink = Taking()
    writer = SealingWriter(sink, KEY, purpose)
    writer.write(plain)
    writer.finish()
    return bytes(sink.data)


SEALED = {size: seal(PLAIN[:size]) for size in SIZES}


@st.composite
def ranges(draw):
    size = draw(st.sampled_from(SIZES))
    near = st.sampled_from(range(0, size, CHUNK_BYTES)).flatmap(lambda at: st.integers(at - 2, at + 2))
    start = draw(st.one_of(st.integers(0, size - 1), near.map(lambda at: min(max(at, 0), size - 1))))
    stop = draw(st.one_of(st.integers(start + 1, size), near.map(lambda at: min(max(at, start + 1), size))))
    return size, start, stop


def opened(sealed, size, start, stop, key=KEY, purpose="bundle"):
    span = Span.of(size, start, stop)
    plain = open_span(sealed[:HEAD_BYTES], sealed[span.begin : span.end], span, key, purpose)
    skip = start - span.first * CHUNK_BYTES
    return plain[skip : skip + stop - start]


@pytest.mark.parametrize("size", [0, *SIZES])
def test_the_sealed_size_follows_from_the_plain_one(size):
    assert len(seal(PLAIN[:size])) == sealed_size(size)


@settings(deadline=None, max_examples=300)
@given(ranges())
@example((len(PLAIN), 0, len(PLAIN)))
def test_every_range_is_those_bytes_of_the_whole(given_range):
    size, start, stop = given_range
    assert opened(SEALED[size], size, start, stop) == PLAIN[start:stop]


@settings(deadline=None, max_examples=200)
@given(ranges())
def test_a_range_reads_the_chunks_it_needs_and_no_more(given_range):
    size, start, stop = given_range
    span = Span.of(size, start, stop)
    assert span.first * CHUNK_BYTES <= start
    assert (span.last + 1) * CHUNK_BYTES >= stop
    assert span.last - span.first <= (stop - 1 - start) // CHUNK_BYTES + 1


@settings(deadline=None, max_examples=200)
@given(ranges(), st.data())
def test_a_changed_bit_within_a_range_is_refused(given_range, data):
    size, start, stop = given_range
    span = Span.of(size, start, stop)
    spoiled = bytearray(SEALED[size])
    at = data.draw(st.one_of(st.integers(0, HEAD_BYTES - 1), st.integers(span.begin, span.end - 1)))
    spoiled[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(VaultError):
        opened(bytes(spoiled), size, start, stop)


@pytest.mark.parametrize("said", [len(PLAIN) - 1, len(PLAIN) + 1, 5 * CHUNK_BYTES, 2 * CHUNK_BYTES])
def test_the_end_of_a_stream_that_is_not_as_long_as_it_should_be_is_refused(said):
    with pytest.raises(VaultError):
        opened(SEALED[len(PLAIN)], said, said - 1, said)


def test_chunks_that_changed_places_another_key_and_another_purpose_are_refused():
    size, sealed = len(PLAIN), SEALED[len(PLAIN)]
    span, other = Span.of(size, 0, 10), Span.of(size, CHUNK_BYTES, CHUNK_BYTES + 10)
    with pytest.raises(VaultError):
        open_span(sealed[:HEAD_BYTES], sealed[other.begin : other.end], span, KEY, "bundle")
    for key, purpose in ((CaseKey(bytes(32)), "bundle"), (KEY, "attachment")):
        with pytest.raises(VaultError):
            opened(sealed, size, 5, 10, key, purpose)


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (5, 5), (5, 4), (-1, 3), (0, 11), (10, 11)])
def test_a_span_outside_of_its_stream_is_a_fault(start, stop):
    with pytest.raises(ValueError, match="span"):
        Span.of(10, start, stop)


# The same through the blob store


@pytest.fixture
def blobs(tmp_path):
    return BlobStore.open(f"file://{tmp_path / 'blobs'}")


async def piece(blobs, size, start, stop):
    return [part async for part in blobs.get_range("c/1", KEY, "bundle", size, start, stop)]


async def test_a_range_of_a_blob_comes_in_pieces_of_bounded_size(blobs):
    plain = secrets.token_bytes(40 * CHUNK_BYTES + 5)
    await blobs.put("c/1", seal(plain))
    for start, stop in (
        (0, len(plain)),
        (3, len(plain) - 3),
        (CHUNK_BYTES * 17, CHUNK_BYTES * 17 + 1),
        (len(plain) - 1, len(plain)),
    ):
        pieces = await piece(blobs, len(plain), start, stop)
        assert b"".join(pieces) == plain[start:stop]
        assert max(map(len, pieces)) <= 16 * CHUNK_BYTES


async def test_what_lies_outside_of_a_range_may_be_spoiled_and_is_never_read(blobs):
    spoiled = bytearray(SEALED[len(PLAIN)])
    spoiled[-1] ^= 1
    await blobs.put("c/1", bytes(spoiled))
    assert b"".join(await piece(blobs, len(PLAIN), 0, CHUNK_BYTES)) == PLAIN[:CHUNK_BYTES]
    with pytest.raises(VaultError):
        await piece(blobs, len(PLAIN), len(PLAIN) - 1, len(PLAIN))


async def test_a_blob_that_is_gone_or_too_short_is_refused(blobs):
    with pytest.raises(VaultError, match="gone"):
        await piece(blobs, len(PLAIN), 0, 10)
    await blobs.put("c/1", SEALED[len(PLAIN)][:100])
    for start in (0, 4 * CHUNK_BYTES):
        with pytest.raises(VaultError):
            await piece(blobs, len(PLAIN), start, start + 10)
