"""An answer that is to go to another address than before: checked by staff, and proven again before a link goes there.

The code goes to the new address and says nothing of the request; it is typed on the page of the request, whose
reference only the person has. A mistyped address thus opens nothing, and a stolen reference neither.
"""

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from dsar.delivery.coding import send_code
from dsar.delivery.fetching import DEAD, PERSON, STALE, TYPO
from dsar.delivery.reissuing import Reissuing
from dsar.domain.case import Case, Decision, Notice
from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.history import NewEvent
from dsar.domain.identity import CHANNEL_OF, Claim, IdentityKind, ProofKind, masked, normalise
from dsar.domain.links import may_reissue
from dsar.domain.profile import LoadedProfile
from dsar.domain.proof import CODES_AN_HOUR_MAX, TRIES_MAX, Verdict, judge, may_send
from dsar.domain.text import Words, required
from dsar.store import (
    Connection,
    Database,
    cases,
    challenges,
    deliveries,
    identities,
    requests,
)
from dsar.store.challenges import ChallengeRow
from dsar.store.identities import IdentityRow
from dsar.store.rows import new_id
from dsar.vault import Vault

SET = "address.set"
ADDRESSES_A_CASE_MAX = 10


class NewAddress(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the answer is to go: one of the two. `checked` says how it was seen that the person wants it."""

    checked: Words
    email: str = ""
    phone: str = ""


class Readdressing:
    """New addresses for answers that are out."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        profile: LoadedProfile,
        reissuing: Reissuing,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile
        self._reissuing = reissuing
        self._now = now
        self._wake = wake

    async def set(self, tx: Connection, actor: str, staff_id: UUID, case_id: UUID, new: NewAddress) -> UUID:
        """Note the address and send it a code; nothing else goes there yet, and the links that stand go on.

        Whoever had the answer so far is told: a caller who only says who they are could take it away unseen.
        """
        required("checked", new.checked)
        claim = self._claim(new)
        now = self._now()
        case = await cases.lock(tx, case_id)
        links = await deliveries.downloads_of_case(tx, case_id)
        may_reissue(case, [row.created_at for row in links], now)
        known = await identities.of_case(tx, case_id)
        row = self._row(case, claim, known)
        await _may_send(tx, case, row, now)
        if row not in known:
            await identities.insert(tx, [row])
        key = self._vault.case_key(case.wrapped_key)
        note = await deliveries.add_note(tx, case_id, staff_id, key.seal(new.checked.encode(), "note"), now)
        data = {"identity": str(row.id), "kind": row.kind.value, "note": str(note)}
        event = NewEvent(SET, actor, data)
        told = _told(known)
        await cases.apply(tx, case, Decision(events=(event,), notices=told), now)
        await send_code(tx, self._vault, case, row, "address_code", now)
        return row.id

    def _claim(self, new: NewAddress) -> Claim:
        given = [(IdentityKind.EMAIL, new.email), (IdentityKind.PHONE, new.phone)]
        named = [(kind, value) for kind, value in given if value.strip()]
        if len(named) != 1:
            raise InvalidInput(
                FieldError("email", "or a telephone number is wanted, and one alone.", "Send one.")
            )
        return normalise(*named[0], self._profile.profile.operator.country)

    def _row(self, case: Case, claim: Claim, known: Sequence[IdentityRow]) -> IdentityRow:
        index = self._vault.blind_index(claim.kind.value, claim.value)
        found = next((row for row in known if (row.kind, row.blind_index) == (claim.kind, index)), None)
        if found is not None and found.proven_at is not None:
            raise InvalidInput(
                FieldError(claim.kind.value, "is proven already.", "Make a new link to it instead.")
            )
        if found is None and len(known) >= ADDRESSES_A_CASE_MAX:
            raise InvalidInput(
                FieldError(claim.kind.value, "is one too many.", "Write to the person by hand.")
            )
        sealed = self._vault.case_key(case.wrapped_key).seal(claim.value.encode(), "identity")
        return found or IdentityRow(new_id(), case.id, claim.kind, sealed, index)

    async def awaited(self, reference: str) -> list[str]:
        """The new addresses of a request that wait for their code, masked."""
        async with self._db.read() as connection:
            request = await requests.by_reference(connection, reference)
            found = await deliveries.addresses_awaited(connection, request.id)
            rows = [(one, await cases.one(connection, one.case_id)) for one in found]
            return [
                await self._masked(connection, case, one.identity_id)
                for one, case in rows
                if case.wrapped_key is not None
            ]

    async def _masked(self, connection: Connection, case: Case, identity_id: UUID) -> str:
        row = await identities.one(connection, identity_id)
        value = self._vault.case_key(case.wrapped_key).open(row.sealed, "identity").decode()
        return masked(Claim(row.kind, value))

    async def prove(self, reference: str, code: str) -> None:
        """A right code proves the address: the old links end, and a new one goes there."""
        now = self._now()
        wrong: FieldError | None = STALE
        async with self._db.write() as tx:
            request = await requests.by_reference(tx, reference)
            for one in await deliveries.addresses_awaited(tx, request.id):
                case = await cases.lock(tx, one.case_id)
                row = await identities.one(tx, one.identity_id)
                wrong = await self._judge(tx, row, code, now)
                if wrong is None:
                    await self._proven(tx, case, row, now)
                    break
        # After the commit: a wrong try counts even though it is refused.
        if wrong is not None:
            raise InvalidInput(wrong)
        self._wake()

    async def _judge(self, tx: Connection, row: IdentityRow, code: str, now: datetime) -> FieldError | None:
        sent = await challenges.latest_to(tx, row.case_id, row.blind_index)
        if sent is None:
            return STALE
        verdict = judge(sent.challenge, equal=self._equal(sent, code), now=now)
        if verdict in {Verdict.WRONG, Verdict.RIGHT}:
            await challenges.tried(tx, sent.id)
        if verdict is Verdict.RIGHT:
            await challenges.spend(tx, sent.id, now)
            return None
        if verdict is Verdict.WRONG:
            return TYPO if sent.tries + 1 < TRIES_MAX else DEAD
        return STALE

    def _equal(self, sent: ChallengeRow, code: str) -> bool:
        digest = self._vault.code_digest(str(sent.id), code.strip().replace(" ", ""))
        return hmac.compare_digest(digest, sent.code_digest)

    async def _proven(self, tx: Connection, case: Case, row: IdentityRow, now: datetime) -> None:
        await identities.prove_one(tx, row.id, ProofKind.CODE, now)
        proven = NewEvent("identity.proven", PERSON, {"kind": row.kind.value, "proof": ProofKind.CODE.value})
        await cases.apply(tx, case, Decision(events=(proven,)), now)
        await self._reissuing.make(tx, PERSON, case.id, row.id)

    async def send_again(self, reference: str) -> None:
        """A new code to each address that waits; the older ones no longer count."""
        now = self._now()
        async with self._db.write() as tx:
            request = await requests.by_reference(tx, reference)
            for one in await deliveries.addresses_awaited(tx, request.id):
                case = await cases.lock(tx, one.case_id)
                row = await identities.one(tx, one.identity_id)
                await _may_send(tx, case, row, now)
                await send_code(tx, self._vault, case, row, "address_code", now)
        self._wake()


def _told(known: Sequence[IdentityRow]) -> tuple[Notice, ...]:
    """To every address that was proven before."""
    return tuple(
        Notice(CHANNEL_OF[row.kind], "address_changed", identity_id=row.id)
        for row in known
        if row.kind in CHANNEL_OF and row.proven_at is not None
    )


async def _may_send(tx: Connection, case: Case, row: IdentityRow, now: datetime) -> None:
    """As for every code: so many an hour for a request, and so many for an address over all requests."""
    sent = await challenges.sent_to(tx, [row.blind_index], now)
    in_hour = await challenges.sent_since(tx, case.request_id, now - timedelta(hours=1))
    if in_hour >= CODES_AN_HOUR_MAX or not may_send(*sent.get(row.blind_index, (0, 0))):
        raise InvalidInput(FieldError("code", "was sent too often.", "Wait an hour and ask again."))
