"""A letter that was written is kept sealed, and the case's history bears its hash."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from dsar.domain.case import Case
from dsar.domain.history import NewEvent
from dsar.render import Letter
from dsar.store import Connection, deliveries
from dsar.vault import CaseKey

# Messages that hold a secret for minutes, or only point to a letter, are no letters.
PASSING = frozenset({"code", "download_code", "address_code", "answer_ready", "supplement_ready"})


async def keep(
    tx: Connection, case: Case, key: CaseKey, kind: str, letter: Letter, now: datetime
) -> tuple[UUID, NewEvent]:
    """Keep a letter; returns its id, and the entry for the history."""
    plain = msgspec.json.encode({"subject": letter.subject, "text": letter.text, "html": letter.html})
    digest = sha256(plain).digest()
    letter_id = await deliveries.add_letter(
        tx, case.id, kind, case.language, key.seal(plain, "letter"), digest, now
    )
    data = {"letter": str(letter_id), "kind": kind, "sha256": digest.hex()}
    return letter_id, NewEvent("letter.written", data=data)
