"""Carries an erasure to its end, as the service does: again and again with one key, until the vendor is done."""

import msgspec

from dsar.conformance.asking import Item, Pair, left, opened, pair, pairs, subjects
from dsar.conformance.counterpart import Counterpart, Person
from dsar.contract import Erase, Kept, Order, OrderKind, Proof, Receipt, Ref, Scope, Session

ROUNDS_MAX = 50  # a vendor that is not done by then never is
KEY = "dsar-kit"


def takes(counterpart: Counterpart, kind: OrderKind) -> bool:
    """Whether the system, as it is configured, takes such an order."""
    return kind in counterpart.connector.orders(counterpart.settings)


async def finished(
    counterpart: Counterpart, session: Session, ref: Ref, scope: Scope, order: Order, key: str
) -> Receipt:
    """Send an order until the system asks for no more time; the last receipt, with the most that one said."""
    changed = 0
    for _ in range(ROUNDS_MAX):
        receipt = await session.carry_out(ref, scope, order, key)
        sound(receipt)
        changed = max(changed, receipt.changed)
        if receipt.ask_again_at is None:
            return msgspec.structs.replace(receipt, changed=changed)
        await counterpart.until(receipt.ask_again_at)
    raise AssertionError(f"carry_out: asks for more time {ROUNDS_MAX} times, and is never done")


async def erase(
    counterpart: Counterpart, session: Session, person: Person, order: Erase | None = None, key: str = KEY
) -> list[tuple[Ref, Receipt]]:
    """Erase a person wholly: each subject that they are, to the end."""
    return [
        (ref, await finished(counterpart, session, ref, person.scope, order or Erase(), f"{key}:{number}"))
        for number, ref in enumerate(await subjects(session, person))
    ]


def sound(receipt: Receipt) -> None:
    """A receipt that says what it must."""
    assert receipt.changed >= 0, "carry_out: `changed` is less than nothing"
    assert isinstance(receipt.proof, Proof), "carry_out: `proof` is none of the contract's"
    for kept in receipt.kept:
        grounded(kept)
    if receipt.ask_again_at is not None:
        assert receipt.ask_again_at.tzinfo is not None, "carry_out: `ask_again_at` without a time zone"
        assert receipt.proof is not Proof.VERIFIED, "carry_out: verified, and yet asks for more time"


def grounded(kept: Kept) -> None:
    """Nothing is kept without a reason that the person can be told."""
    assert kept.ground.strip(), f"{kept.origin.collection}: kept without a ground"


def kept_of(receipts: list[tuple[Ref, Receipt]]) -> set[Pair]:
    """What the receipts say is still there."""
    return {(kept.origin.collection, kept.origin.record_id) for _, each in receipts for kept in each.kept}


async def remaining(session: Session, person: Person, receipts: list[tuple[Ref, Receipt]]) -> list[Item]:
    """What an export of now yields, by the subjects of before."""
    return await left(session, person, [ref for ref, _ in receipts])


def agree(session: Session, there: list[Item], receipts: list[tuple[Ref, Receipt]]) -> None:
    """What is there is what was kept. The entries of a marketing stop outlive everybody, GDPR 21(3)."""
    lists = {name for name, collection in session.collections.items() if collection.suppression}
    still = {one for one in pairs(there) if one[0] not in lists}
    kept = {one for one in kept_of(receipts) if one[0] not in lists}
    assert still == kept, (
        f"erase: {len(still - kept)} items are still exported that the receipt does not name as kept: "
        f"{sorted(still - kept)[:3]}; {len(kept - still)} are named as kept and gone: {sorted(kept - still)[:3]}"
    )


async def picture(counterpart: Counterpart) -> tuple[int, ...]:
    """How much the system holds of each person, by its own word."""
    people = (counterpart.known, counterpart.decoy, counterpart.other_tenant)
    return tuple([await counterpart.held(person) for person in people if person is not None])


async def seen(counterpart: Counterpart, person: Person) -> list[Item]:
    """A person's export, in a session of its own: sorted, for an order may move rows about."""
    async with opened(counterpart) as session:
        return sorted(await left(session, person, ()), key=pair)
