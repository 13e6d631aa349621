"""The load: eight connections in a process of their own, each sending as soon as it is answered.

`python -m bench.load PORT PATH STATUS SECONDS` prints what it saw as JSON.
"""

import asyncio
import resource
import secrets
import sys
import time

import msgspec
import uvloop
from msgspec import Struct

from bench.wire import Wire, pack

CONNECTIONS = 8
WARM_UP_SECONDS = 0.5


class Seen(Struct):
    """What one run of the load saw. `cpu_share` tells whether the client itself was the limit."""

    answers: int
    failures: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_share: float

    @property
    def per_second(self) -> float:
        """Answers, each after its commit, per second."""
        return self.answers / self.seconds


def body(number: int, run: str) -> dict[str, object]:
    """A prospect's request for access; every one from another address."""
    return {"rights": ["access"], "relations": ["prospect"], "email": f"load.{run}.{number}@bench.example"}


async def run(port: int, path: str, status: int, seconds: float) -> Seen:
    """Send for so long, after a warm-up that does not count."""
    name, taken, failures = secrets.token_hex(4), list[float](), 0
    begin = time.perf_counter() + WARM_UP_SECONDS
    end = begin + seconds

    async def one(first: int) -> None:
        nonlocal failures
        wire, number = await Wire.open(port), first
        while (sent := time.perf_counter()) < end:
            answered, _ = await wire.send(pack("POST", path, body(number, name)))
            now = time.perf_counter()
            if answered != status:
                failures += 1
            elif begin <= now < end:
                taken.append(now - sent)
            number += CONNECTIONS
        wire.close()

    await asyncio.gather(*(one(first) for first in range(CONNECTIONS)))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = (usage.ru_utime + usage.ru_stime) / (seconds + WARM_UP_SECONDS)
    taken.sort()
    p50, p99 = (taken[int(len(taken) * part)] * 1000 if taken else 0.0 for part in (0.5, 0.99))
    return Seen(len(taken), failures, seconds, p50, p99, cpu)


if __name__ == "__main__":
    port_, path_, status_, seconds_ = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        seen = runner.run(run(int(port_), path_, int(status_), float(seconds_)))
    print(msgspec.json.encode(seen).decode())
