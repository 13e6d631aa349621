"""Letters, bundles, links and notes in Postgres."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.domain.inside import Inside
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

_q = noun("delivery")


class LetterRow(Struct, frozen=True):
    """A letter, sealed under the case's key; its hash stands in the history as well."""

    id: UUID
    case_id: UUID
    kind: str
    language: str
    sealed: bytes
    sha256: bytes
    created_at: datetime


class BundleRow(Struct, frozen=True, kw_only=True):
    """An archive in the blob store, sealed under the case's key."""

    id: UUID
    case_id: UUID
    blob_key: str
    sha256: bytes  # of the archive as the person opens it
    content: bytes | None = None  # of what it was made from
    bytes: int
    records: int
    created_at: datetime
    expires_at: datetime
    removed_at: datetime | None
    number: int = 1  # 1 is the answer, each further one a supplement
    inside: dict[str, Any] = {}  # what the page says of it before the code: keys and numbers

    @property
    def counted(self) -> Inside:
        """What it holds, in counts."""
        return msgspec.convert(self.inside, Inside)


class Accesses(Struct, frozen=True):
    """When an archive was last counted as downloaded by somebody, and when a call for it was last noted."""

    counted_at: datetime | None
    noted_at: datetime | None


class Awaited(Struct, frozen=True):
    """A new address for an answer that waits for its code."""

    case_id: UUID
    identity_id: UUID


class DownloadRow(Struct, frozen=True):
    """A link to an answer: known by its token's digest, opened by a fresh code."""

    id: UUID
    case_id: UUID
    bundle_id: UUID | None
    letter_id: UUID
    identity_id: UUID
    grant_digest: bytes | None
    grant_until: datetime | None
    downloads_left: int
    expires_at: datetime
    revoked_at: datetime | None
    created_at: datetime


async def add_letter(
    connection: Connection,
    case_id: UUID,
    kind: str,
    language: str,
    sealed: bytes,
    sha256: bytes,
    now: datetime,
) -> UUID:
    """Keep a letter."""
    letter_id = new_id()
    await _q["insert_letter"].run(
        connection,
        id=letter_id,
        case_id=case_id,
        kind=kind,
        language=language,
        sealed=sealed,
        sha256=sha256,
        now=now,
    )
    return letter_id


async def letter(connection: Connection, letter_id: UUID) -> LetterRow:
    """One letter."""
    return as_struct(await _q["letter"].row(connection, id=letter_id), LetterRow)


async def letters_of_case(connection: Connection, case_id: UUID) -> list[LetterRow]:
    """A case's letters, the oldest first."""
    return [
        as_struct(row, LetterRow) for row in await _q["letters_of_case"].rows(connection, case_id=case_id)
    ]


async def add_bundle(connection: Connection, new: BundleRow) -> None:
    """Keep a bundle."""
    await _q["insert_bundle"].run(
        connection,
        id=new.id,
        case_id=new.case_id,
        blob_key=new.blob_key,
        sha256=new.sha256,
        bytes=new.bytes,
        records=new.records,
        expires_at=new.expires_at,
        now=new.created_at,
        number=new.number,
        content=new.content,
        inside=new.inside,
    )


async def bundle_of_case(connection: Connection, case_id: UUID, number: int = 1) -> BundleRow | None:
    """One of a case's archives: the answer, unless a supplement's number is given."""
    row = await _q["bundle_of_case"].row(connection, case_id=case_id, number=number)
    return as_struct(row, BundleRow) if row else None


async def bundles_of_case(connection: Connection, case_id: UUID) -> list[BundleRow]:
    """A case's archives by number, those that are gone too."""
    return [
        as_struct(row, BundleRow) for row in await _q["bundles_of_case"].rows(connection, case_id=case_id)
    ]


async def still_served(
    connection: Connection, bundle_id: UUID, *, download_id: UUID | None = None, caller: str | None = None
) -> bool:
    """Whether a stream of the archive may go on: over a person's link, or to who acts for a controller."""
    return bool(
        await _q["still_served"].value(
            connection, bundle_id=bundle_id, download_id=download_id, caller=caller
        )
    )


async def blobs_of_case(connection: Connection, case_id: UUID) -> list[str]:
    """Every blob that belongs to the case."""
    return [row["blob_key"] for row in await _q["blobs_of_case"].rows(connection, case_id=case_id)]


async def bundle_removed(connection: Connection, case_id: UUID, now: datetime) -> None:
    """The case's bundles are gone."""
    await _q["bundle_removed"].run(connection, case_id=case_id, now=now)


async def add_download(
    connection: Connection,
    *,
    case_id: UUID,
    bundle_id: UUID | None,
    letter_id: UUID,
    identity_id: UUID,
    token_digest: bytes,
    downloads: int,
    expires_at: datetime,
    now: datetime,
) -> UUID:
    """Make a link."""
    download_id = new_id()
    await _q["insert_download"].run(
        connection,
        id=download_id,
        case_id=case_id,
        bundle_id=bundle_id,
        letter_id=letter_id,
        identity_id=identity_id,
        token_digest=token_digest,
        downloads=downloads,
        expires_at=expires_at,
        now=now,
    )
    return download_id


async def download_by_token(connection: Connection, token_digest: bytes) -> DownloadRow | None:
    """The link of that token."""
    row = await _q["download_by_token"].row(connection, token_digest=token_digest)
    return as_struct(row, DownloadRow) if row else None


async def downloads_of_case(connection: Connection, case_id: UUID) -> list[DownloadRow]:
    """Every link that a case ever had, the oldest first."""
    rows = await _q["downloads_of_case"].rows(connection, case_id=case_id)
    return [as_struct(row, DownloadRow) for row in rows]


async def last_address(connection: Connection, case_id: UUID) -> UUID | None:
    """The identity that the newest link went to; None before the first."""
    identity_id: UUID | None = await _q["last_address"].value(connection, case_id=case_id)
    return identity_id


async def grant_download(
    connection: Connection, download_id: UUID, grant_digest: bytes, until: datetime
) -> None:
    """A right code opens the link for minutes."""
    await _q["grant_download"].run(connection, id=download_id, grant_digest=grant_digest, grant_until=until)


async def use_download(connection: Connection, download_id: UUID, grant_digest: bytes, now: datetime) -> bool:
    """Take one of the downloads; False when none is left or the grant is over."""
    return await _q["use_download"].run(connection, id=download_id, grant_digest=grant_digest, now=now) == 1


async def accesses(
    connection: Connection, case_id: UUID, actor: str, link: UUID | None, number: int
) -> Accesses:
    """What the history says of somebody's downloads of one archive, over one link."""
    row = await _q["accesses"].row(
        connection, case_id=case_id, actor=actor, link=str(link) if link else None, number=number
    )
    return as_struct(row, Accesses)


async def revoke_download(connection: Connection, download_id: UUID, case_id: UUID, now: datetime) -> bool:
    """End one link; False when it is not the case's, or has been ended before."""
    return await _q["revoke_download"].run(connection, id=download_id, case_id=case_id, now=now) == 1


async def revoke_downloads(connection: Connection, case_id: UUID, now: datetime) -> None:
    """End every link of a case."""
    await _q["revoke_downloads"].run(connection, case_id=case_id, now=now)


async def addresses_awaited(connection: Connection, request_id: UUID) -> list[Awaited]:
    """New addresses of a request's answers that are not proven."""
    rows = await _q["addresses_awaited"].rows(connection, request_id=request_id)
    return [as_struct(row, Awaited) for row in rows]


async def add_note(
    connection: Connection, case_id: UUID, staff_id: UUID, sealed: bytes, now: datetime
) -> UUID:
    """Keep a staff member's note, sealed: it may name the person."""
    note_id = new_id()
    await _q["insert_note"].run(
        connection, id=note_id, case_id=case_id, staff_id=staff_id, sealed=sealed, now=now
    )
    return note_id


async def notes_of_case(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """A case's notes, still sealed."""
    return [dict(row) for row in await _q["notes_of_case"].rows(connection, case_id=case_id)]
