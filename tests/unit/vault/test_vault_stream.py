"""A sealed stream opens whole and in order, or it is refused."""

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.vault import CaseKey, VaultError
from dsar.vault.stream import CHUNK_BYTES, HEAD_BYTES, TAG_BYTES, Opener, SealingWriter

KEY = CaseKey(bytes(range(32)))
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


class Taking:
    def __init__(self):
        self.data = bytearray()

    def write(self, data):
        self.data += data


def seal(plain, sizes=(), key=KEY, purpose="bundle"):
    sink = Taking()
    writer = SealingWriter(sink, key, purpose)
    at = 0
    for size in sizes:
        writer.write(plain[at : at + size])
        at += size
    writer.write(plain[at:])
    writer.finish()
    return bytes(sink.data)


def opened(sealed, sizes=(), key=KEY, purpose="bundle"):
    opener = Opener(key, purpose)
    plain, at = bytearray(), 0
    for size in [*sizes, len(sealed)]:
        for piece in opener.feed(sealed[at : at + size]):
            plain += piece
        at += size
    return bytes(plain) + opener.finish()


def refused(sealed, **how):
    with pytest.raises(VaultError):
        opened(sealed, **how)


def chunks(sealed):
    body = sealed[HEAD_BYTES:]
    return [body[at : at + SEALED_CHUNK] for at in range(0, len(body), SEALED_CHUNK)]


PLAIN = secrets.token_bytes(3 * CHUNK_BYTES + 100)
SEALED = seal(PLAIN)
HEAD, CHUNKS = SEALED[:HEAD_BYTES], chunks(SEALED)

lengths = st.one_of(
    st.integers(0, 200),
    st.integers(0, 3).flatmap(lambda n: st.integers(max(0, n * CHUNK_BYTES - 2), n * CHUNK_BYTES + 2)),
)
sizes = st.lists(st.one_of(st.integers(0, 50), st.integers(0, 2 * CHUNK_BYTES)), max_size=6)


@settings(deadline=None)
@given(lengths, sizes, sizes)
def test_any_bytes_come_back_whatever_the_sizes_of_writes_and_reads(length, written, read):
    plain = secrets.token_bytes(length)
    assert opened(seal(plain, written), read) == plain


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_bytes_come_back_at_the_edges_of_a_chunk_and_one_by_one(length):
    plain = secrets.token_bytes(length)
    sealed = seal(plain)
    assert opened(sealed) == plain
    assert opened(sealed, [1] * min(len(sealed), 400)) == plain


@pytest.mark.parametrize("length", [0, CHUNK_BYTES, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 100])
def test_a_stream_cut_off_at_any_boundary_of_a_chunk_is_refused(length):
    sealed = seal(secrets.token_bytes(length))
    count = len(chunks(sealed))
    for left in range(count):
        refused(sealed[: HEAD_BYTES + left * SEALED_CHUNK])


@settings(deadline=None)
@given(st.integers(0, len(SEALED) - 1))
def test_a_stream_cut_off_anywhere_is_refused(left):
    refused(SEALED[:left])


@pytest.mark.parametrize(
    "order",
    [
        [1, 0, 2, 3],
        [0, 2, 1, 3],
        [0, 1, 3, 2],
        [3, 1, 2, 0],
        [0, 0, 1, 2, 3],
        [0, 1, 1, 2, 3],
        [0, 1, 2, 3, 3],
        [1, 2, 3],
        [0, 2, 3],
        [0, 1, 3],
        [0, 1, 2, 2],
        [3],
    ],
)
def test_chunks_that_were_swapped_repeated_or_left_out_are_refused(order):
    assert opened(HEAD + b"".join(CHUNKS)) == PLAIN
    refused(HEAD + b"".join(CHUNKS[number] for number in order))


@settings(deadline=None)
@given(st.integers(0, len(SEALED) * 8 - 1))
def test_a_changed_bit_anywhere_is_refused(bit):
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << (bit % 8)
    refused(bytes(changed))


@pytest.mark.parametrize("more", [b"x", b"x" * TAG_BYTES, b"x" * SEALED_CHUNK, CHUNKS[0]])
def test_what_was_added_after_the_end_is_refused(more):
    refused(SEALED + more)


def test_a_chunk_of_another_stream_under_the_same_key_is_refused():
    other = seal(PLAIN)
    refused(HEAD + CHUNKS[0] + chunks(other)[1] + CHUNKS[2] + CHUNKS[3])
    refused(other[:HEAD_BYTES] + b"".join(CHUNKS))


def test_another_key_or_purpose_does_not_open():
    refused(SEALED, key=CaseKey(bytes(32)))
    refused(SEALED, purpose="attachment")


def test_no_chunk_is_given_out_before_it_was_found_good():
    bad = bytearray(SEALED)
    bad[HEAD_BYTES + SEALED_CHUNK] ^= 1  # in the second chunk
    opener, given_out = Opener(KEY, "bundle"), []
    with pytest.raises(VaultError):
        given_out.extend(opener.feed(bytes(bad)))
    assert given_out == [PLAIN[:CHUNK_BYTES]]


def test_an_empty_stream_is_refused_and_a_stream_of_nothing_is_not():
    refused(b"")
    assert opened(seal(b"")) == b""


def test_the_plain_bytes_do_not_show():
    plain = b"anna.virtanen@example.com" * 6000
    assert b"anna" not in seal(plain)


def test_memory_does_not_grow_with_the_stream():
    opener, sink = Opener(KEY, "p"), Taking()
    writer = SealingWriter(sink, KEY, "p")
    kept = 0
    for _ in range(40):
        writer.write(bytes(CHUNK_BYTES // 2))
        for _piece in opener.feed(bytes(sink.data)):
            pass
        sink.data.clear()
        kept = max(kept, len(opener._buffer), len(writer._buffer))
    assert kept <= 2 * SEALED_CHUNK
