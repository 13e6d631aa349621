"""The disk takes no more in the middle of an archive: nothing counts as one, nothing is left, and later it is whole."""

import random
import resource
from contextlib import contextmanager
from datetime import timedelta

import pytest

from dsar.domain.work import StepKind
from dsar.store import steps

ROOM_BYTES = 8 << 20


@contextmanager
def little_room():
    """No file grows beyond it, so that a write fails as on a full disk: in the kernel, in the middle of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_that_takes_no_more_leaves_no_archive_and_later_it_is_whole(bench, blob_folder):
    for number in range(3):
        await bench.add_recording(f"r{number}", random.Random(number).randbytes(ROOM_BYTES // 2))
    step = await bench.step()
    with little_room(), pytest.raises(Exception) as raised:  # noqa: PT011 - the store's own classes have no common parent
        await bench.stage.assemble(step)
    assert "File too large" in str(raised.value), "the room was enough: the test proves nothing"
    assert await bench.bundle() is None
    assert list(blob_folder.glob("*/bundle/*")) == []

    async with bench.db.write() as tx:
        await steps.release_expired(tx, bench.at + timedelta(hours=1))
    [again] = [one for one in await bench.claim() if one.kind is StepKind.ASSEMBLE]
    await bench.stage.assemble(again)
    row = await bench.bundle()
    assert len(await bench.opened(row.blob_key)) == row.bytes > ROOM_BYTES
    assert [path.name for path in blob_folder.glob("*/bundle/*")] == [row.blob_key.rpartition("/")[2]]
