"""What leaves for a controller: a message that waits, with all that is needed to pack it, and the packed thing."""

from typing import Protocol

from msgspec import Struct

from dsar.domain.case import Case
from dsar.domain.work import Step
from dsar.store.endpoints import EndpointRow
from dsar.store.outbox import Message


class Waiting(Struct, frozen=True):
    """A claimed message with its case and, if the controller has one, its endpoint."""

    step: Step
    message: Message
    case: Case
    endpoint: EndpointRow | None


class Parcel(Struct, frozen=True):
    """One POST, ready to go. Packed anew for each attempt: its time and its signatures are the attempt's."""

    url: str
    headers: dict[str, str]
    body: bytes


class Packer(Protocol):
    """Packs the messages of one channel."""

    async def pack(self, waiting: Waiting) -> Parcel | None:
        """The parcel, or None where there is nowhere to send it."""
