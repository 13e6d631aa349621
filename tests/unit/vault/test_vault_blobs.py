"""Blobs are sealed on the way in, opened on the way out, and gone when a case is."""

import secrets
import stat

import pytest

from dsar.vault import BlobStore, CaseKey, VaultError

KEY = CaseKey(bytes(32))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "blobs"


@pytest.fixture
def blobs(folder):
    return BlobStore.open(f"file://{folder}")


async def parts(data, size=10_000):
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def read(blobs, key, case_key=KEY, purpose="attachment"):
    return b"".join([piece async for piece in blobs.get_opened(key, case_key, purpose)])


@pytest.mark.parametrize("length", [0, 1, 65_536, 300_000, 3_000_000])
async def test_a_stream_put_in_comes_out(blobs, length):
    data = secrets.token_bytes(length)
    assert await blobs.put_sealed("c/1", parts(data), KEY, "attachment") == length
    assert await read(blobs, "c/1") == data


async def test_only_sealed_bytes_stand_in_the_folder_and_only_its_owner_enters(blobs, folder):
    await blobs.put_sealed("c/1", parts(b"anna.virtanen@example.com" * 5000), KEY, "attachment")
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert all(b"anna" not in path.read_bytes() for path in files)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_blob_that_was_cut_off_changed_or_removed_is_refused(blobs, folder):
    data = secrets.token_bytes(200_000)
    for spoil in (
        lambda b: b[:-1],
        lambda b: b[:70_000],
        lambda b: bytes([b[50] ^ 1]).join([b[:50], b[51:]]),
    ):
        await blobs.put_sealed("c/1", parts(data), KEY, "attachment")
        (path,) = [path for path in folder.rglob("*") if path.is_file()]
        path.write_bytes(spoil(path.read_bytes()))
        with pytest.raises(VaultError):
            await read(blobs, "c/1")
        path.unlink()
        with pytest.raises(VaultError, match="gone"):
            await read(blobs, "c/1")
        with pytest.raises(VaultError, match="gone"):
            await blobs.get("c/1")


async def test_a_stream_that_breaks_off_is_never_read_as_whole(blobs):
    async def breaking():
        yield secrets.token_bytes(200_000)
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - whatever the source raised
        await blobs.put_sealed("c/1", breaking(), KEY, "attachment")
    with pytest.raises(VaultError):
        await read(blobs, "c/1")


async def test_a_case_takes_all_of_its_blobs_along_those_without_a_row_too_and_no_other_cases(blobs):
    for key in ("c/attachment/1", "c/segment/2", "c/bundle/3", "cc/attachment/1", "d/attachment/1"):
        await blobs.put(key, b"sealed")
    await blobs.remove_case("c", ["c/attachment/1", "c/never/was"])
    for key in ("c/attachment/1", "c/segment/2", "c/bundle/3"):
        with pytest.raises(VaultError):
            await blobs.get(key)
    assert await blobs.get("cc/attachment/1") == await blobs.get("d/attachment/1") == b"sealed"


async def test_removing_what_is_gone_is_as_wanted(blobs):
    await blobs.remove(["never/was"])
    await blobs.remove_case("nobody", [])


async def test_a_store_that_cannot_be_written_to_is_named(blobs, folder):
    folder.rmdir()
    folder.write_text("a file where the folder was")
    with pytest.raises(VaultError, match="DSAR_BLOB_URL"):
        await blobs.probe()
