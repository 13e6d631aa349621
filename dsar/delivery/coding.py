"""Six-digit codes of the last stage: one opens a link, one proves the address that an answer is to go to."""

from datetime import datetime
from uuid import UUID

import msgspec

from dsar.domain.case import Case, Notice
from dsar.domain.identity import CHANNEL_OF
from dsar.domain.proof import CODE_DIGITS, CODE_LIFETIME
from dsar.store import Connection, challenges, outbox, steps
from dsar.store.challenges import NewChallenge
from dsar.store.identities import IdentityRow
from dsar.store.rows import new_id
from dsar.vault import Vault


async def send_code(
    tx: Connection,
    vault: Vault,
    case: Case,
    to: IdentityRow,
    template: str,
    now: datetime,
    link_id: UUID | None = None,
) -> None:
    """Keep a fresh code's digest, and send it there; without a link it proves the address itself."""
    challenge_id = new_id()
    code = vault.new_code(CODE_DIGITS)
    challenge = NewChallenge(
        id=challenge_id,
        request_id=case.request_id,
        case_id=case.id,
        kind=to.kind,
        blind_index=to.blind_index,
        code_digest=vault.code_digest(str(challenge_id), code),
        expires_at=now + CODE_LIFETIME,
        download_id=link_id,
    )
    sealed = vault.case_key(case.wrapped_key).seal(msgspec.json.encode({"code": code}), "notice")
    notice = Notice(CHANNEL_OF[to.kind], template, identity_id=to.id, sealed=sealed)
    await challenges.insert(tx, [challenge], now)
    await steps.insert(tx, await outbox.insert(tx, [(case.id, notice)], now), now)
