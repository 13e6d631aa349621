"""Letters, bundles, links and notes in Postgres."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

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


class BundleRow(Struct, frozen=True):
    """An archive in the blob store, sealed under the case's key."""

    id: UUID
    case_id: UUID
    blob_key: str
    sha256: bytes
    bytes: int
    records: int
    created_at: datetime
    expires_at: datetime
    removed_at: datetime | None


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
    )


async def bundle_of_case(connection: Connection, case_id: UUID) -> BundleRow | None:
    """The latest bundle."""
    row = await _q["bundle_of_case"].row(connection, case_id=case_id)
    return as_struct(row, BundleRow) if row else None


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


async def grant_download(
    connection: Connection, download_id: UUID, grant_digest: bytes, until: datetime
) -> None:
    """A right code opens the link for minutes."""
    await _q["grant_download"].run(connection, id=download_id, grant_digest=grant_digest, grant_until=until)


async def use_download(connection: Connection, download_id: UUID, grant_digest: bytes, now: datetime) -> bool:
    """Take one of the downloads; False when none is left or the grant is over."""
    return await _q["use_download"].run(connection, id=download_id, grant_digest=grant_digest, now=now) == 1


async def revoke_downloads(connection: Connection, case_id: UUID, now: datetime) -> None:
    """End every link of a case."""
    await _q["revoke_downloads"].run(connection, case_id=case_id, now=now)


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
