"""Orders: asked after first, given once, and their receipts read."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from dsar.contract import (
    Changed,
    Erase,
    Kept,
    NotHeld,
    Order,
    Origin,
    Plan,
    Receipt,
    Rectify,
    Ref,
    Refused,
    Restrict,
    Suppress,
    digest,
)
from dsar_webhook import asked, exporting
from dsar_webhook.answered import Ground, KeptItem, OrderAnswer, Planned, Standing
from dsar_webhook.channel import Channel
from dsar_webhook.fault import contradiction

KIND = "webhook_subject"
ADDRESSES = ("email", "phone", "account_id")


def subject_of(ref: Ref) -> str:
    """The service's own id of a subject."""
    if ref.kind != KIND:
        raise Refused(f"webhook: a subject here is a {KIND}, as find names it")
    return ref.value


def question(ref: Ref, scope: asked.ScopeAsked, order: Order, key: str) -> asked.Asked:
    """An order as the service reads it."""
    match order:
        case Erase():
            return asked.Erase(
                scope=scope,
                subject=subject_of(ref),
                key=key,
                only=_items(order.only),
                released=_items(order.released),
                plan=order.plan,
            )
        case Rectify():
            return asked.Rectify(
                scope=scope,
                subject=subject_of(ref),
                key=key,
                collection=order.collection,
                values=order.values,
            )
        case Restrict():
            return asked.Restrict(scope=scope, subject=subject_of(ref), key=key, on=order.on)
        case Suppress() if ref.kind in ADDRESSES:
            return asked.Suppress(
                scope=scope, key=key, identity=asked.Identity(ref.kind, ref.value), subject=None
            )
        case Suppress():
            return asked.Suppress(scope=scope, key=key, identity=None, subject=subject_of(ref))


async def status(service: Channel, scope: asked.ScopeAsked, key: str) -> OrderAnswer | None:
    """How an order stands that was given before; None for one that the service does not know."""
    answer = await service.ask(asked.Status(scope=scope, key=key), OrderAnswer)
    return None if answer.status is Standing.UNKNOWN else answer


def receipt(answer: OrderAnswer, operation: str) -> Receipt:
    """What the service says that it did."""
    if answer.status is Standing.PLAN_CHANGED and operation == "erase":
        raise Changed("webhook erase: the items are no longer those of the plan; make it anew and approve it")
    if answer.status is Standing.NOT_HELD and operation == "rectify":
        raise NotHeld("webhook rectify: the subject has nothing of that collection")
    if answer.status not in {Standing.DONE, Standing.WORKING}:
        raise contradiction(operation, "status", "does not fit this order")
    if answer.proof is None:
        raise contradiction(operation, "proof", "is missing")
    now = datetime.now(UTC)
    if answer.status is Standing.DONE:
        return Receipt(answer.changed, answer.proof, kept(answer.kept, now))
    if answer.ask_again_in is None:
        raise contradiction(operation, "ask_again_in", "is missing while the service still works")
    later = now + timedelta(seconds=answer.ask_again_in)
    return Receipt(answer.changed, answer.proof, kept(answer.kept, now), later)


async def foresee(service: Channel, scope: asked.ScopeAsked, ref: Ref, order: Erase) -> Plan:
    """The service's own plan."""
    wanted = asked.Plan(
        scope=scope, subject=subject_of(ref), only=_items(order.only), released=_items(order.released)
    )
    planned = await service.ask(wanted, Planned)
    return Plan(planned.erased, kept(planned.kept, datetime.now(UTC)), planned.digest)


async def read_off(service: Channel, scope: asked.ScopeAsked, ref: Ref, order: Erase) -> Plan:
    """The plan of a service that makes none: what its export says of each item."""
    gone: list[tuple[str, str]] = []
    stays: list[tuple[str, str, str]] = []
    counts: Counter[str] = Counter()
    held: list[Kept] = []
    now = datetime.now(UTC)
    async for page in exporting.pages(service, scope, subject_of(ref), None):
        for item in page.items:
            name = (item.collection, item.id)
            if order.named and name not in order.named:
                continue
            if item.kept is not None and name not in order.released:
                held.append(_kept(item.collection, item.id, item.kept, now))
                stays.append((*name, item.kept.ground))
            else:
                counts[item.collection] += 1
                gone.append(name)
    return Plan(dict(counts), tuple(held), digest(gone, stays))


def kept(items: Iterable[KeptItem], now: datetime) -> tuple[Kept, ...]:
    """What stays, as the core keeps it."""
    return tuple(_kept(item.collection, item.id, item, now) for item in items)


def _kept(collection: str, record_id: str, why: Ground, now: datetime) -> Kept:
    return Kept(Origin(collection, record_id, now), why.ground, why.until, why.dated, why.restricted)


def _items(named: Iterable[tuple[str, str]]) -> list[asked.Item]:
    return [asked.Item(collection, record_id) for collection, record_id in named]
