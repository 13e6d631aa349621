"""What the service says of itself, held against the settings."""

from collections.abc import Iterator

from dsar.contract import Collection, Coverage, Field, OrderKind, Refused, Use
from dsar_webhook.answered import Described, DescribedCollection, Offer
from dsar_webhook.asked import Probe
from dsar_webhook.channel import Channel
from dsar_webhook.fault import contradiction
from dsar_webhook.settings import WebhookSettings


async def describe(channel: Channel, settings: WebhookSettings) -> Described:
    """Ask, and refuse a description that lacks what the settings count on."""
    described = await channel.ask(Probe(), Described)
    names = [collection.name for collection in described.collections]
    if len(set(names)) < len(names):
        raise contradiction("probe", "collections", "names one twice")
    missing = sorted(order.value for order in settings.orders if Offer(order.value) not in described.offers)
    if missing:
        raise Refused(
            f"orders: the service does not offer {', '.join(missing)}; take it out of orders, or let it offer that"
        )
    if settings.orders and Offer.STATUS not in described.offers:
        raise Refused(
            "orders: the service offers no status, and whoever takes orders must; let it offer that"
        )
    return described


def collections(described: Described) -> dict[str, Collection]:
    """As the core has them."""
    return {
        one.name: Collection(one.category, one.description, one.portable, one.suppression, one.dated)
        for one in described.collections
    }


def coverage(described: Described) -> Coverage:
    """What of the service is reached, by its own word."""
    fields = tuple(field for one in described.collections for field in _fields(one))
    return Coverage(fields, tuple(described.not_covered))


def _fields(one: DescribedCollection) -> Iterator[Field]:
    for name in one.fields:
        yield Field(one.name, name, Use.EXPORTED)
    for name, reason in one.excluded.items():
        yield Field(one.name, name, Use.EXCLUDED, reason)


def takes(settings: WebhookSettings) -> frozenset[OrderKind]:
    """The orders that a system with these settings takes."""
    return frozenset(settings.orders)
