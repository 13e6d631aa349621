"""An answer that goes straight to another controller: what is offered, what proves the receiver, how a sending ends."""

import base64
import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from dsar.domain.case import Case, State
from dsar.domain.rights import Right

VERSION = "dsar-transfer/1"
TRANSFERS_MAX = 10  # of one case, whatever became of them
REFERENCE_LENGTH_MAX = 200
NAME_LENGTH_MAX = 120
ANSWER_BYTES_MAX = 4096
OFFER_SECONDS_MAX = 15.0
CONFIRM_WITHIN = timedelta(hours=1)
# A sending takes as long as its bytes at this pace, and some minutes: who takes them slower is held to be broken.
PACE_BYTES_A_SECOND = 256 * 1024
SECONDS_MIN = 600.0
SECONDS_MAX = 12 * 3600.0
ATTEMPTS_MAX = 6
FIRST_DELAY_SECONDS = 60.0
TRANSFER_HEADER = "dsar-transfer"  # which transfer the bytes are of


class TransferState(StrEnum):
    """As `transfer.state` in schema.sql, where the transitions stand."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = frozenset({TransferState.OFFERED, TransferState.ACCEPTED, TransferState.CONFIRMED})


class Failure(StrEnum):
    """Why nothing was transferred: a closed list, for the person's page, the letter and the history."""

    UNREACHABLE = "unreachable"  # no answer, though it was tried again and again
    DECLINED = "declined"  # it says that it takes nothing
    NOT_PROVEN = "not_proven"  # its answer is not that of a receiver of transfers
    REJECTED = "rejected"  # it accepted the offer, and then not the file
    ALTERED = "altered"  # what it says that it got is not what was sent
    UNREADABLE = "unreadable"  # the fault is ours: the file cannot be read


class Terms(Struct, frozen=True):
    """What of a transfer stands sealed: the address and the reference are the person's."""

    url: str
    host: str
    reference: str
    nonce: str
    receiver: str = ""


class Offer(Struct, frozen=True, kw_only=True):
    """The body of the POST that asks the receiver; no data of the person but the reference that it gave them itself."""

    version: str = VERSION
    transfer: UUID
    nonce: str
    reference: str
    sender: str
    sha256: str
    bytes: int
    media_type: str = "application/zip"


class Acceptance(Struct, frozen=True):
    """What a receiver answers to an offer: what it was asked, given back, and its name; unknown fields are let be."""

    accept: bool
    transfer: UUID | None = None
    nonce: str = ""
    receiver: Annotated[str, Meta(max_length=NAME_LENGTH_MAX)] = ""


class Receipt(Struct, frozen=True):
    """What a receiver answers to the file."""

    transfer: UUID
    sha256: Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$")]


class Answered(Struct, frozen=True):
    """What an attempt met. `status` is None when there was no answer at all; `body` None when it was too long."""

    status: int | None
    body: bytes | None = None
    error: str | None = None
    retry_after: str | None = None


Again = Literal["again"]


def may_transfer(case: Case) -> bool:
    """Whether a case's answer may go to another controller: a copy to take elsewhere, of the operator's own data.

    What we process for a business is that business's to transfer: GDPR 20(2) is between controllers.
    """
    return case.right is Right.PORTABILITY and case.controller_id is None and case.state is State.DELIVERED


def judged_offer(offer: Offer, met: Answered) -> str | Failure:
    """The receiver's name, once it has proven to be a receiver of this very offer; else why not."""
    if met.status is None:
        return Failure.UNREACHABLE
    if met.status != 200 or met.body is None:
        return Failure.NOT_PROVEN
    try:
        said = msgspec.json.decode(met.body, type=Acceptance)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Failure.NOT_PROVEN
    if not said.accept:
        return Failure.DECLINED
    name = " ".join(said.receiver.split())
    # An answer to another offer, though it were the receiver's own, proves nothing of this one.
    fresh = hmac.compare_digest(said.nonce.encode(), offer.nonce.encode()) and said.transfer == offer.transfer
    return name if fresh and name and name.isprintable() else Failure.NOT_PROVEN


def judged_sending(transfer: UUID, sha256: bytes, met: Answered) -> Failure | Again | None:
    """How a sending ended: None where the receiver has the very bytes; a failure that stays, or one to try again."""
    if met.status is None or met.status >= 500 or met.status in {408, 425, 429}:
        return "again"
    if met.status not in {200, 201} or met.body is None:
        return Failure.REJECTED
    try:
        said = msgspec.json.decode(met.body, type=Receipt)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Failure.REJECTED
    same = said.transfer == transfer and hmac.compare_digest(said.sha256.lower(), sha256.hex())
    return None if same else Failure.ALTERED


def seconds_max(size: int) -> float:
    """How long one attempt at so many bytes may take."""
    return min(SECONDS_MIN + size / PACE_BYTES_A_SECOND, SECONDS_MAX)


def headers(transfer: UUID, nonce: str, sha256: bytes, size: int) -> dict[str, str]:
    """What the file is sent with; `Repr-Digest` is that of RFC 9530."""
    return {
        "content-type": "application/zip",
        "content-length": str(size),
        "repr-digest": f"sha-256=:{base64.b64encode(sha256).decode()}:",
        TRANSFER_HEADER: str(transfer),
        "authorization": f"Bearer {nonce}",
    }


def is_late(accepted_at: datetime, now: datetime) -> bool:
    """Whether an offer is too old to be confirmed."""
    return now - accepted_at > CONFIRM_WITHIN


def masked_host(host: str) -> str:
    """A host as staff sees it: it may be a person's own, so that only its end is shown."""
    labels = host.rstrip(".").split(".")
    return "….{}".format(".".join(labels[-2:] if len(labels) > 2 else labels[-1:]))
