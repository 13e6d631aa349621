"""Proof of an identity by a code that was sent to it and comes back."""

import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from dsar.contract import Role
from dsar.domain.case import Case, Decision, State
from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.identity import CHANNEL_OF, Claim, IdentityKind, ProofKind, masked
from dsar.domain.profile import LoadedProfile, Strength
from dsar.domain.proof import CODES_AN_HOUR_MAX, Verdict, enough, judge, may_send, staff_checks
from dsar.intake.beginning import begin
from dsar.intake.filing import new_code
from dsar.store import Connection, Database, cases, challenges, identities, outbox, requests, steps
from dsar.store.identities import IdentityRow
from dsar.vault import Vault

# Five tries each: whoever only guesses opens one request in ten thousand, however long it stays open.
CODES_A_REQUEST_MAX = 20
EVER = datetime(1970, 1, 1, tzinfo=UTC)

TOLD = {
    Verdict.WRONG: FieldError(
        "code", "is not the one we sent.", "Look at the latest message and type its six digits again."
    ),
    Verdict.EXPIRED: FieldError(
        "code", "has expired: codes hold ten minutes.", "Ask for a new code and type that one."
    ),
    Verdict.USED_UP: FieldError("code", "can no longer be used.", "Ask for a new code and type that one."),
}


class ToProve(Struct, frozen=True):
    """One identity on the proof page, shown so that only the person knows which it is."""

    kind: IdentityKind
    masked: str
    proven: bool


class Proving:
    """The proof page's service."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._now = now
        self._wake = wake

    async def overview(self, reference: str) -> list[ToProve]:
        """The identities of a request that can take a code; raises NotFound."""
        async with self._db.read() as connection:
            request = await requests.by_reference(connection, reference)
            rows = await identities.of_request(connection, request.id)
            if not rows:
                return []
            case = await cases.one(connection, rows[0].case_id)
        if case.wrapped_key is None:
            return []
        key = self._vault.case_key(case.wrapped_key)
        return [
            ToProve(
                row.kind,
                masked(Claim(row.kind, key.open(row.sealed, "identity").decode())),
                any(other.proven_at for other in rows if other.blind_index == row.blind_index),
            )
            for row in rows
            if row.case_id == case.id and row.kind in CHANNEL_OF
        ]

    async def prove(self, reference: str, kind: IdentityKind, code: str) -> None:
        """Judge a typed code. A right one proves the identity and, when nothing is left to prove, begins the work."""
        now = self._now()
        async with self._db.write() as tx:
            request = await requests.by_reference(tx, reference)
            open_cases = _awaiting(await cases.lock_of_request(tx, request.id))
            if not open_cases:
                raise NotNow(
                    "code", "comes when the search has begun.", "Send a new request to have more searched."
                )
            verdict = await self._judge(tx, request.id, kind, code, now)
            if verdict is Verdict.RIGHT:
                await self._proven(tx, open_cases, kind, now)
        # After the commit: a wrong try counts even though it is refused.
        if verdict is not Verdict.RIGHT:
            raise InvalidInput(TOLD[verdict])
        self._wake()

    async def _judge(
        self, tx: Connection, request_id: UUID, kind: IdentityKind, code: str, now: datetime
    ) -> Verdict:
        row = await challenges.latest(tx, request_id, kind)
        if row is None:
            return Verdict.USED_UP
        digest = self._vault.code_digest(str(row.id), code.strip().replace(" ", ""))
        verdict = judge(row.challenge, equal=hmac.compare_digest(digest, row.code_digest), now=now)
        if verdict in {Verdict.WRONG, Verdict.RIGHT}:
            await challenges.tried(tx, row.id)
        if verdict is Verdict.RIGHT:
            await challenges.spend(tx, row.id, now)
            await identities.prove(tx, request_id, kind, row.blind_index, ProofKind.CODE, now)
        return verdict

    async def _proven(self, tx: Connection, found: Sequence[Case], kind: IdentityKind, now: datetime) -> None:
        proven = NewEvent("identity.proven", "person", {"kind": kind.value, "proof": ProofKind.CODE.value})
        for case in found:
            await cases.apply(tx, case, Decision(events=(proven,)), now)
        await self._begin_ready(tx, found, now, all_claims=True)

    async def go_on(self, reference: str) -> None:
        """The person goes on with what is proven; what is not proven is left out of every search."""
        now = self._now()
        async with self._db.write() as tx:
            request = await requests.by_reference(tx, reference)
            begun = await self._begin_ready(
                tx, await cases.lock_of_request(tx, request.id), now, all_claims=False
            )
        if not begun:
            raise InvalidInput(
                FieldError(
                    "code", "is missing.", "Type the code for at least one address; calls need the phone's."
                )
            )
        self._wake()

    async def _begin_ready(
        self, tx: Connection, found: Sequence[Case], now: datetime, *, all_claims: bool
    ) -> bool:
        begun = False
        for stale in found:
            case = await cases.lock(tx, stale.id)
            rows = await identities.of_case(tx, case.id)
            needed = self._profile.profile.proof.of(case.right)
            if case.state is not State.AWAITING_IDENTITY:
                continue
            if _ready(case, rows, needed, all_claims=all_claims):
                await begin(tx, self._vault, self._profile.profile, case, now)
                begun = True
            elif all_claims and _exhausted(rows):
                await cases.apply(tx, case, staff_checks(needed), now)
        return begun

    async def send_again(self, reference: str, kind: IdentityKind) -> None:
        """Send a new code; the older one no longer counts."""
        now = self._now()
        async with self._db.write() as tx:
            request = await requests.by_reference(tx, reference)
            found = _awaiting(await cases.lock_of_request(tx, request.id))
            if not found:
                return
            if await challenges.sent_since(tx, request.id, now - timedelta(hours=1)) >= CODES_AN_HOUR_MAX:
                raise InvalidInput(FieldError("code", "was sent too often.", "Wait an hour and ask again."))
            if await challenges.sent_since(tx, request.id, EVER) >= CODES_A_REQUEST_MAX:
                raise InvalidInput(FieldError("code", "was sent too often.", "Send a new request."))
            rows = [row for row in await identities.of_case(tx, found[0].id) if row.kind is kind]
            if not rows or rows[0].proven_at is not None or rows[0].kind not in CHANNEL_OF:
                return
            sent = await challenges.sent_to(tx, [rows[0].blind_index], now)
            if not may_send(*sent.get(rows[0].blind_index, (0, 0))):
                raise InvalidInput(FieldError("code", "was sent too often.", "Wait an hour and ask again."))
            key = self._vault.case_key(found[0].wrapped_key)
            challenge, notice = new_code(request.id, rows[0], key, self._vault, now)
            await challenges.insert(tx, [challenge], now)
            await steps.insert(tx, await outbox.insert(tx, [(found[0].id, notice)], now), now)
        self._wake()


def _awaiting(found: Sequence[Case]) -> list[Case]:
    """Those that take a proof still: once a search has begun, all of it rests on the same identities."""
    return [case for case in found if case.state is State.AWAITING_IDENTITY]


def _ready(case: Case, rows: Sequence[IdentityRow], needed: Strength, *, all_claims: bool) -> bool:
    """Whether enough is proven: calls need the telephone, everything else an address that takes a code."""
    can = [row for row in rows if row.kind in CHANNEL_OF]
    phones = [row for row in can if row.kind is IdentityKind.PHONE]
    # Who works with an account and gave no number has no calls; whoever gave one is a caller when it is proven.
    if case.role is Role.PROCESSOR and any(row.proven_at is None for row in phones):
        return False
    if not enough(needed, [(row.kind, row.proof) for row in can]):
        return False
    return not all_claims or all(row.proven_at is not None for row in can)


def _exhausted(rows: Sequence[IdentityRow]) -> bool:
    """Whether no code is left to type."""
    return all(row.proven_at is not None for row in rows if row.kind in CHANNEL_OF)
