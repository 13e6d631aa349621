"""Codes that were sent, in Postgres: as a digest only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.domain.identity import IdentityKind
from dsar.domain.proof import Challenge
from dsar.store import identities
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("challenge")


class ChallengeRow(Struct, frozen=True):
    """The latest code for one identity or one download."""

    id: UUID
    case_id: UUID
    kind: IdentityKind
    blind_index: bytes
    code_digest: bytes
    expires_at: datetime
    tries: int
    spent_at: datetime | None

    @property
    def challenge(self) -> Challenge:
        """What the decision needs."""
        return Challenge(self.expires_at, self.tries, self.spent_at)


class NewChallenge(Struct, frozen=True, kw_only=True):
    """A code that is about to be sent."""

    id: UUID
    request_id: UUID
    case_id: UUID
    kind: IdentityKind
    blind_index: bytes
    code_digest: bytes
    expires_at: datetime
    download_id: UUID | None = None


def columns(new: Sequence[NewChallenge]) -> dict[str, Any]:
    """Codes to be added, column by column."""
    return {
        "ids": [c.id for c in new],
        "request_ids": [c.request_id for c in new],
        "case_ids": [c.case_id for c in new],
        "download_ids": [c.download_id for c in new],
        "kinds": [c.kind.value for c in new],
        "blind_indexes": [c.blind_index for c in new],
        "code_digests": [c.code_digest for c in new],
        "expires_ats": [c.expires_at for c in new],
    }


async def insert(connection: Connection, new: Sequence[NewChallenge], now: datetime) -> None:
    """Add codes."""
    await _q["insert"].run(connection, **columns(new), now=now)


async def latest(connection: Connection, request_id: UUID, kind: IdentityKind) -> ChallengeRow | None:
    """The latest code for an identity of the request, held, so that two tries count as two."""
    row = await _q["latest"].row(connection, request_id=request_id, kind=kind.value)
    return as_struct(row, ChallengeRow) if row else None


async def latest_for_download(connection: Connection, download_id: UUID) -> ChallengeRow | None:
    """The latest code for a download, held."""
    row = await _q["latest_for_download"].row(connection, download_id=download_id)
    return as_struct(row, ChallengeRow) if row else None


async def latest_to(connection: Connection, case_id: UUID, blind_index: bytes) -> ChallengeRow | None:
    """The latest code that proves one address of a case, held."""
    row = await _q["latest_to"].row(connection, case_id=case_id, blind_index=blind_index)
    return as_struct(row, ChallengeRow) if row else None


async def sent_since(connection: Connection, request_id: UUID, since: datetime) -> int:
    """How many codes a request has had since."""
    return int(await _q["sent_since"].value(connection, request_id=request_id, since=since))


async def sent_to(
    connection: Connection, blind_indexes: Sequence[bytes], now: datetime
) -> dict[bytes, tuple[int, int]]:
    """How many codes each address got in the last hour and day, over all requests; the addresses are held."""
    await identities.hold(connection, blind_indexes)
    rows = await _q["sent_to"].rows(
        connection,
        blind_indexes=list(blind_indexes),
        hour_ago=now - timedelta(hours=1),
        day_ago=now - timedelta(days=1),
    )
    return {row["blind_index"]: (row["last_hour"], row["last_day"]) for row in rows}


async def tried(connection: Connection, challenge_id: UUID) -> None:
    """Count a try."""
    await _q["tried"].run(connection, id=challenge_id)


async def spend(connection: Connection, challenge_id: UUID, now: datetime) -> bool:
    """Use a code up; False when it was used already."""
    return await _q["spend"].run(connection, id=challenge_id, now=now) == 1
