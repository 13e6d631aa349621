"""What an erasure leaves: each item remembered with its ground and date, and its release planned."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from dsar.contract import Erase, Kept, Proof, Receipt, Ref, Refused, Scope, Session
from dsar.domain.case import Case
from dsar.domain.legal_holds import LEGAL_CLAIMS
from dsar.domain.profile import Profile
from dsar.domain.releasing import KeptItem, Release, is_over, release_step, until
from dsar.fanout.subject import Subject
from dsar.store import Connection, holds, steps
from dsar.store.holds import NewHold
from dsar.vault import Vault

ITEM = "hold item"  # the purpose that a kept item is sealed for, under the operator's key


async def let_go(
    session: Session, scope: Scope, ref: Ref, receipt: Receipt, profile: Profile, key: str, today: date
) -> Receipt:
    """Erase at once what a ground kept whose time was over already, GDPR 17(3)(b); the receipt of both.

    What the system cannot take alone stays, and its release, due by then, becomes a person's task.
    """
    over = {named(kept) for kept in receipt.kept if is_over(kept, profile, today)}
    if not over or receipt.ask_again_at is not None:
        return receipt
    try:
        more = await session.carry_out(ref, scope, Erase(released=tuple(sorted(over))), f"{key}:released")
    except Refused:
        return receipt
    left = tuple(kept for kept in receipt.kept if named(kept) not in over)
    return Receipt(
        changed=receipt.changed + more.changed,
        proof=weakest([receipt, more]),
        kept=(*left, *more.kept),
        ask_again_at=more.ask_again_at,
    )


def weakest(receipts: Iterable[Receipt]) -> Proof:
    """How far several words go together."""
    order = [Proof.UNVERIFIABLE, Proof.ACCEPTED, Proof.VERIFIED]
    return min((receipt.proof for receipt in receipts), key=order.index, default=Proof.VERIFIED)


def named(kept: Kept) -> tuple[str, str]:
    """As an order names it."""
    return kept.origin.collection, kept.origin.record_id


async def keep(
    tx: Connection,
    vault: Vault,
    profile: Profile,
    subject: Subject,
    kept_of: Sequence[tuple[Ref, Sequence[Kept]]],
    now: datetime,
) -> None:
    """Remember what was kept of each subject, and plan when it goes."""
    assert subject.system is not None
    case, system_key = subject.case, subject.system.key
    new = [
        _held(vault, profile, subject, system_key, ref, kept)
        for ref, all_kept in kept_of
        for kept in all_kept
    ]
    await holds.insert(tx, case.id, system_key, new, now)
    await plan(tx, case, profile, system_key, [one.until for one in new], now)


async def plan(
    tx: Connection, case: Case, profile: Profile, system_key: str, days: Sequence[date | None], now: datetime
) -> None:
    """One release for each last day."""
    zone = profile.jurisdiction(case.residence).place.timezone
    planned = [Release(system_key, until=day) for day in sorted({day for day in days if day is not None})]
    await steps.insert(tx, [(case.id, release_step(release, zone)) for release in planned], now)


def _held(vault: Vault, profile: Profile, subject: Subject, system_key: str, ref: Ref, kept: Kept) -> NewHold:
    last = until(kept, profile)
    record_id = kept.origin.record_id
    item = KeptItem(ref, subject.case.scope.role, subject.case.scope.tenant, record_id)
    return NewHold(
        collection=kept.origin.collection,
        sealed_record_id=subject.key.seal(record_id.encode(), "hold"),
        sealed_item=vault.seal(msgspec.json.encode(item), ITEM) if is_releasable(kept.ground, last) else None,
        ground=kept.ground,
        until=last,
        restricted=kept.restricted,
        item_index=item_index(vault, system_key, kept.origin.collection, item),
    )


def item_index(vault: Vault, system_key: str, collection: str, item: KeptItem) -> bytes:
    """A keyed hash, by which an item is known again when nothing else of it is."""
    return vault.blind_index(f"item:{system_key}:{collection}", msgspec.json.encode(item).decode())


def is_releasable(ground: str, last: date | None) -> bool:
    """Whether it goes by itself one day. Of anything else nothing is kept beyond the case's own key."""
    return last is not None or ground == LEGAL_CLAIMS
