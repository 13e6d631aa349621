"""An order of each kind, as the service would send it."""

from collections.abc import Sequence

from dsar.conformance.counterpart import Counterpart, Person
from dsar.conformance.erasing import KEY, finished, takes
from dsar.contract import (
    Erase,
    NotHeld,
    Order,
    OrderKind,
    Receipt,
    Rectify,
    Ref,
    Restrict,
    Session,
    Suppress,
)

# The service stops marketing to an address, whether or not a subject is known by it.
ADDRESSES = frozenset({"email", "phone"})


def sample_orders(
    counterpart: Counterpart, kind: OrderKind, subjects: Sequence[Ref]
) -> list[tuple[Ref, Order]]:
    """For each whom such an order concerns."""
    match kind:
        case OrderKind.ERASE:
            return [(ref, Erase()) for ref in subjects]
        case OrderKind.RESTRICT:
            return [(ref, Restrict(on=True)) for ref in subjects]
        case OrderKind.RECTIFY:
            return [(ref, correction(counterpart)) for ref in subjects]
        case OrderKind.SUPPRESS:
            addresses = [ref for ref in counterpart.known.refs if ref.kind in ADDRESSES]
            return [(ref, Suppress()) for ref in addresses or counterpart.known.refs]


def correction(counterpart: Counterpart) -> Rectify:
    """The counterpart's own where the system takes corrections; else any."""
    if not takes(counterpart, OrderKind.RECTIFY):
        return Rectify("dsar_kit", {"field": "value"})
    given = getattr(counterpart, "correction", None)
    assert given is not None, (
        "counterpart: the system takes `rectify`, so give `correction`, the order to try"
    )
    assert isinstance(given, Rectify), "counterpart: `correction` is no Rectify"
    return given


async def sent(
    counterpart: Counterpart, session: Session, person: Person, orders: Sequence[tuple[Ref, Order]]
) -> list[Receipt]:
    """Send each under a key of its own; a correction is for that subject which has the collection."""
    receipts = []
    for number, (ref, order) in enumerate(orders):
        try:
            receipts.append(await finished(counterpart, session, ref, person.scope, order, f"{KEY}:{number}"))
        except NotHeld:
            continue
    assert receipts, "carry_out: no subject of the known's holds what the order is about"
    return receipts
