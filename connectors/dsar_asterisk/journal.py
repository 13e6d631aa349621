"""The memory of an approved erasure that has begun.

Files know no transaction: a run that was killed has erased a part, and what is left is no longer what was
approved. So the items of the plan are noted beside the log before the first is touched, under the order's key;
the next run goes on with these, and the note goes when all is done.
"""

import os
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from dsar.contract import Refused
from dsar_asterisk.faults import faults


class Begun(Struct, frozen=True):
    """The plan, and the ids of its items: epoch seconds and counts, nobody's number."""

    plan: str
    items: frozenset[tuple[str, str]]


class Journal(Struct, frozen=True):
    """The note of one order."""

    path: Path

    def read(self, plan: str) -> frozenset[tuple[str, str]] | None:
        """The items of the plan, if its erasure has begun."""
        with faults("asterisk"):
            try:
                begun = msgspec.json.decode(self.path.read_bytes(), type=Begun)
            except FileNotFoundError:
                return None
            except msgspec.DecodeError:
                raise Refused(
                    f"asterisk: {self.path.name} is broken; remove it and approve the plan anew"
                ) from None
        return begun.items if begun.plan == plan else None

    def begin(self, plan: str, items: frozenset[tuple[str, str]]) -> None:
        """Note it, on the disk before anything is erased."""
        fresh = self.path.with_suffix(".new")
        with faults("asterisk"):
            number = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(number, "wb") as stream:
                stream.write(msgspec.json.encode(Begun(plan, items)))
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(self.path)

    def end(self) -> None:
        """Everything that was noted is gone."""
        with faults("asterisk"):
            self.path.unlink(missing_ok=True)


def journal(folder: Path, key: str) -> Journal:
    """Of the order with this key."""
    return Journal(folder / f".dsar-order-{sha256(key.encode()).hexdigest()[:32]}.json")
