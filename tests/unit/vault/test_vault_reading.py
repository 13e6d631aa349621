"""A sealed stream read from any place by a thread gives those bytes of the whole, and damage is no end of it."""

import asyncio
import io
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.vault import BlobStore, CaseKey, VaultError
from dsar.vault.blobs import READ_BYTES
from dsar.vault.bridge import Bridge, Stopped
from dsar.vault.reading import WINDOWS_KEPT, SealedFile

KEY = CaseKey(bytes(range(32)))
PLAIN = secrets.token_bytes((WINDOWS_KEPT + 3) * READ_BYTES + 100)
SIZE = len(PLAIN)


async def parts(data):
    yield data


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blobs")
    blobs = BlobStore.open(f"file://{folder}")
    for name, size in (("whole", len(PLAIN)), ("one", 1), ("none", 0), ("even", READ_BYTES)):
        asyncio.run(blobs.put_sealed(f"c/{name}", parts(PLAIN[:size]), KEY, "attachment"))
    return blobs, folder


def in_thread(blobs, work, name="whole", size=SIZE, key=KEY):
    async def run():
        bridge = Bridge()

        def open_and_work():
            with SealedFile(bridge, blobs, f"c/{name}", key, size) as file:
                return work(file)

        return await asyncio.to_thread(open_and_work)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "size"), [("whole", len(PLAIN)), ("one", 1), ("none", 0), ("even", READ_BYTES)]
)
def test_read_through_it_is_the_whole(store, name, size):
    """And ends there, however large the pieces."""
    blobs, _ = store

    def work(file):
        return b"".join(iter(lambda: file.read(300_001), b"")), file.read(1)

    assert in_thread(blobs, work, name, size) == (PLAIN[:size], b"")


@settings(max_examples=15, deadline=None)
@given(looks=st.lists(st.tuples(st.integers(0, len(PLAIN) + 10), st.integers(0, 2 * READ_BYTES)), max_size=8))
def test_read_from_any_place_it_is_those_bytes(store, looks):
    """In any order, so that head, end and middle can be looked at in turns."""
    blobs, _ = store

    def work(file):
        for at, count in looks:
            assert file.seek(at) == file.tell() == at
            assert file.read(count) == PLAIN[at : at + count]

    in_thread(blobs, work)


def test_places_are_counted_from_the_start_from_here_and_from_the_end(store):
    """As a file's are; one before the start is refused."""
    blobs, _ = store

    def work(file):
        file.seek(-10, io.SEEK_END)
        end = file.read()
        file.seek(5)
        file.seek(2, io.SEEK_CUR)
        with pytest.raises(ValueError, match="within"):
            file.seek(-1)
        return end, file.read(1)

    assert in_thread(blobs, work) == (PLAIN[-10:], PLAIN[7:8])


@pytest.mark.parametrize("harm", ["changed", "cut", "gone", "other key"])
def test_damage_is_named_and_no_end(store, harm):
    """Whoever reads on must not take what is missing for the end."""
    blobs, folder = store
    path = folder / "c" / "harmed"
    sealed = bytearray((folder / "c" / "whole").read_bytes())
    sealed[3 * READ_BYTES] ^= 1
    if harm == "changed":
        path.write_bytes(sealed)
    elif harm == "cut":
        path.write_bytes(sealed[: 2 * READ_BYTES])
    elif harm == "gone":
        path.unlink(missing_ok=True)
    name, key = ("whole", CaseKey(bytes(32))) if harm == "other key" else ("harmed", KEY)

    with pytest.raises(VaultError):
        in_thread(blobs, lambda file: file.readall(), name, key=key)


def test_it_ends_at_its_next_look_when_the_work_is_called_off(store):
    """The worker is told to stop: the thread must not go on for the rest of gigabytes."""
    blobs, _ = store

    def work(file):
        file.read(10)
        file._bridge.stop()
        with pytest.raises(Stopped):
            file.readall()

    in_thread(blobs, work)
