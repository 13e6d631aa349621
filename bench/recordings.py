"""A set of recordings on its way into an archive, against reading and sealing the same bytes and nothing else."""

import asyncio
import os
import random
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench import memory
from bench.measure import RUNS, Measure, middle
from dsar.audio import muted
from dsar.bundle.archive import Archive
from dsar.bundle.material import Vessel
from dsar.domain.withholding import Stretch
from dsar.vault import BlobStore, CaseKey, Vault
from dsar.vault.bridge import Bridge
from dsar.vault.reading import SealedFile

SECONDS, CHANNELS, RATE = 3600, 2, 8000  # of one recording, 16 bits a sample
SET_BYTES = 5_000_000_000
PIECE_BYTES = 1 << 20
GROWTH_AIM_MB, RATIO_AIM, FIRST_BYTE_AIM_MS = 64, 0.6, 100
RECORDING_BYTES = SECONDS * CHANNELS * RATE * 2
SMALL_BYTES = 1_000_000
MUTED = (Stretch(60_000, 120_000), Stretch(1_800_000, 1_860_000, channel=1))  # of each


async def measure(folder: Path, set_bytes: int = SET_BYTES) -> list[Measure]:
    """`folder` wants twice the set's bytes free. Collected before it is measured, and written to disk each time."""
    key, _ = Vault(bytes(32)).new_case_key()
    blobs = BlobStore.open(f"file://{folder}")
    keys = [f"case/attachment/{number}" for number in range(max(1, set_bytes // RECORDING_BYTES))]
    sizes = [
        await blobs.put_sealed(each, _wave(number), key, "attachment") for number, each in enumerate(keys)
    ]
    # Before ours and after it: whoever goes first finds the disk cold.
    plain = await _plainly(blobs, key, keys, sizes)
    before = memory.resident_mb(os.getpid())
    memory.forget_peak(os.getpid())
    ours, written = await _timed(lambda bridge: _archived(bridge, blobs, key, keys, sizes))
    grown = memory.peak_mb(os.getpid()) - before
    plain = min(plain, await _plainly(blobs, key, keys, sizes))
    size = sum(sizes)
    return [
        Measure(
            key="recordings.mb_per_second",
            title=f"{len(keys)} recordings, {size / 1e9:.1f} GB, into an archive",
            figure=size / 1e6 / ours,
            unit="MB/s",
            more_is_better=True,
            limit=size / 1e6 / plain,
            limit_title="opened and sealed again",
            ratio_aim=RATIO_AIM,
        ),
        Measure(
            key="recordings.growth_mb",
            title="… this process grew by at most",
            figure=grown,
            unit="MB",
            aim=GROWTH_AIM_MB,
        ),
        *await _first_bytes(blobs, key, written),
    ]


async def _timed(work: Callable[[Bridge], int]) -> tuple[float, int]:
    """The seconds that it took, and how many plain bytes it wrote."""
    bridge = Bridge()
    began = time.perf_counter()
    written = await asyncio.to_thread(work, bridge)
    return time.perf_counter() - began, written


async def _plainly(blobs: BlobStore, key: CaseKey, keys: list[str], sizes: list[int]) -> float:
    seconds, _ = await _timed(lambda bridge: _resealed(bridge, blobs, key, keys, sizes))
    await blobs.remove(["case/bundle/plain"])
    return seconds


@contextmanager
def _vessel(blobs: BlobStore, key: CaseKey, blob_key: str) -> Iterator[Vessel]:
    with blobs.writer(blob_key) as writer:
        yield Vessel(writer, key)


def _resealed(bridge: Bridge, blobs: BlobStore, key: CaseKey, keys: list[str], sizes: list[int]) -> int:
    with _vessel(blobs, key, "case/bundle/plain") as vessel:
        for each, size in zip(keys, sizes, strict=True):
            with SealedFile(bridge, blobs, each, key, size) as source:
                while piece := source.read(PIECE_BYTES):
                    vessel.write(piece)
        vessel.finish()
    return vessel.bytes


def _archived(bridge: Bridge, blobs: BlobStore, key: CaseKey, keys: list[str], sizes: list[int]) -> int:
    with _vessel(blobs, key, "case/bundle/ours") as vessel:
        archive = Archive(vessel, datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        for each, size in zip(keys, sizes, strict=True):
            with SealedFile(bridge, blobs, each, key, size) as source:
                new = muted(source, MUTED)
                archive.add(each, new.pieces, bytes_max=new.bytes, stored=True)
        archive.finish()
        vessel.finish()
    return vessel.bytes


async def _first_bytes(blobs: BlobStore, key: CaseKey, size: int) -> list[Measure]:
    """As a download begins: from the store, in the middle of it, where a broken one goes on."""

    async def small() -> AsyncIterator[bytes]:
        yield bytes(SMALL_BYTES)

    await blobs.put_sealed("case/bundle/small", small(), key, "bundle")
    measures = []
    for blob_key, length in (("case/bundle/small", SMALL_BYTES), ("case/bundle/ours", size)):
        times = []
        for _ in range(RUNS):
            began = time.perf_counter()
            await anext(blobs.get_range(blob_key, key, "bundle", length, length // 2, length))
            times.append(time.perf_counter() - began)
        measures.append(
            Measure(
                key=f"download.first_byte.{blob_key.rpartition('/')[2]}",
                title=f"first byte from the middle of {length / 1e6:,.0f} MB",
                figure=1000 * middle(times),
                unit="ms",
                aim=FIRST_BYTE_AIM_MS,
            )
        )
    return measures


async def _wave(number: int) -> AsyncIterator[bytes]:
    """Noise, which nothing compresses, as a WAV file."""
    size = RECORDING_BYTES
    form = struct.pack("<HHLLHH", 1, CHANNELS, RATE, RATE * CHANNELS * 2, CHANNELS * 2, 16)
    yield b"RIFF" + struct.pack("<L", 36 + size) + b"WAVEfmt " + struct.pack("<L", 16) + form
    yield b"data" + struct.pack("<L", size)
    piece = random.Random(number).randbytes(PIECE_BYTES)
    for at in range(0, size, PIECE_BYTES):
        yield piece[: size - at]
