import hashlib
import io
import shutil
import subprocess
import zipfile
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.bundle import archive as zips
from dsar.bundle.archive import BLOCK_BYTES, ZIP64_FROM_BYTES, Archive

AT = datetime(2026, 3, 2, 10, 30, 8)  # noqa: DTZ001 - a zip knows local times only


def written(*entries, bytes_max=1000):
    sink = io.BytesIO()
    archive = Archive(sink, AT)
    made = [archive.add(path, pieces, bytes_max=bytes_max, stored=stored) for path, pieces, stored in entries]
    archive.finish()
    return made, sink.getvalue()


@pytest.mark.parametrize("bytes_max", [1000, ZIP64_FROM_BYTES])
@pytest.mark.parametrize("stored", [True, False])
def test_the_standard_library_reads_every_entry(bytes_max, stored):
    content = [b"one", b"", b"two" * 200_000]
    (made, empty), plain = written(("ä/b.txt", content, stored), ("empty", [], stored), bytes_max=bytes_max)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert archive.testzip() is None
        assert archive.read("ä/b.txt") == b"".join(content)
        assert archive.read("empty") == b""
        assert archive.getinfo("ä/b.txt").date_time == (2026, 3, 2, 10, 30, 8)
    assert (made.bytes, made.sha256) == (600_003, hashlib.sha256(b"".join(content)).hexdigest())
    assert empty.bytes == 0


@pytest.mark.skipif(shutil.which("unzip") is None, reason="Info-ZIP is not installed")
@pytest.mark.parametrize("bytes_max", [1000, ZIP64_FROM_BYTES])
def test_info_zip_reads_it(tmp_path, bytes_max):
    _, plain = written(("a/b.txt", [b"x" * 300_000], False), ("c.wav", [b"y"], True), bytes_max=bytes_max)
    path = tmp_path / "a.zip"
    path.write_bytes(plain)
    run = subprocess.run(["unzip", "-t", path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@settings(max_examples=30)
@given(st.lists(st.integers(1, BLOCK_BYTES), max_size=6))
def test_the_bytes_do_not_hang_on_how_the_content_came(cuts):
    content = bytes(range(256)) * 4000
    pieces, rest = [], content
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    assert written(("a", [*pieces, rest], False))[1] == written(("a", [content], False))[1]


def test_more_entries_than_zip32_can_count():
    _, plain = written(*((f"{n}", [], True) for n in range(70_000)))
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert len(archive.infolist()) == 70_000


class Discarding:
    """Keeps the tail alone: what a reader needs to find the directory."""

    def __init__(self):
        self.size = 0
        self.tail = b""

    def write(self, data):
        self.size += len(data)
        self.tail = (self.tail + data)[-4096:] if len(data) < 4096 else data[-4096:]


def test_an_archive_beyond_four_gigabytes_says_where_its_parts_are():
    block = bytes(BLOCK_BYTES)
    sink = Discarding()
    archive = Archive(sink, AT)
    large = 4 * 1024**3 + BLOCK_BYTES
    archive.add("large", (block for _ in range(large // BLOCK_BYTES)), bytes_max=large, stored=True)
    archive.add("after", [b"x"], bytes_max=1)
    archive.finish()

    class Sparse(io.RawIOBase):
        at = 0

        def seekable(self):
            return True

        def seek(self, to, whence=0):
            self.at = to + (0 if whence == 0 else self.at if whence == 1 else sink.size)
            return self.at

        def tell(self):
            return self.at

        def read(self, count=-1):
            begin = self.at - (sink.size - len(sink.tail))
            assert begin >= 0, "a reader of the directory stays in the tail"
            end = len(sink.tail) if count < 0 else begin + count
            self.at += len(sink.tail[begin:end])
            return sink.tail[begin:end]

    with zipfile.ZipFile(Sparse()) as found:
        assert found.getinfo("large").file_size == large
        assert found.getinfo("after").header_offset > large


def test_an_entry_that_outgrows_its_bound_is_a_bug_that_is_seen(monkeypatch):
    monkeypatch.setattr(zips, "_MAX32", 10)
    with pytest.raises(ValueError, match="outgrew"):
        written(("a", [b"x" * 11], True))
