"""Proof of an e-mail address or a telephone number by a six-digit code, and what a proof is enough for."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from dsar.domain.case import Decision
from dsar.domain.history import NewEvent
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.domain.profile import Strength
from dsar.domain.work import NewStep, StepKind

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=10)
TRIES_MAX = 5
CODES_AN_HOUR_MAX = 5
# Over all requests: whoever sends many requests for one address gets no more guesses, and floods no mailbox.
CODES_TO_ADDRESS_AN_HOUR_MAX = 10
CODES_TO_ADDRESS_A_DAY_MAX = 20
# What goes to an address that nobody has proven, over all requests: nobody has it flooded by asking in its name.
LETTERS_TO_UNPROVEN_A_DAY_MAX = 6
DAY = timedelta(days=1)
IDENTITY_TASK = "identity"
TOO_WEAK = "GDPR 12(6)"  # on what ground data stays out that wants a better proof


class Verdict(StrEnum):
    """What became of a typed code."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED_UP = "used_up"


class Challenge(Struct, frozen=True):
    """A code that was sent. `tries` counts those before this one."""

    expires_at: datetime
    tries: int
    spent_at: datetime | None


def may_send(sent_last_hour: int, sent_last_day: int) -> bool:
    """Whether an address may get one more code."""
    return sent_last_hour < CODES_TO_ADDRESS_AN_HOUR_MAX and sent_last_day < CODES_TO_ADDRESS_A_DAY_MAX


def may_write(sent_last_day: int) -> bool:
    """Whether an address that nobody has proven may get one more letter."""
    return sent_last_day < LETTERS_TO_UNPROVEN_A_DAY_MAX


def judge(challenge: Challenge, *, equal: bool, now: datetime) -> Verdict:
    """Decide on a typed code: right only within ten minutes, five tries, once."""
    if challenge.spent_at is not None or challenge.tries >= TRIES_MAX:
        return Verdict.USED_UP
    if now >= challenge.expires_at:
        return Verdict.EXPIRED
    return Verdict.RIGHT if equal else Verdict.WRONG


def staff_checks(needed: Strength) -> Decision:
    """All codes are typed and not enough: a member of staff has to check who it is, GDPR 12(6)."""
    payload: dict[str, str | int | bool] = {"needed": needed.value}
    task = NewStep(StepKind.BY_HAND, IDENTITY_TASK, payload, by_hand=True)
    return Decision(events=(NewEvent("identity.more_needed", data=payload),), steps=(task,))


def enough(needed: Strength, proven: Iterable[tuple[IdentityKind, ProofKind | None]]) -> bool:
    """Whether what is proven reaches what a right or a category of data needs."""
    proofs = [(kind, proof) for kind, proof in proven if proof is not None]
    # A controller's word for its own caller, and a member of staff's check, stand above any code.
    if any(proof in {ProofKind.STAFF, ProofKind.CONTROLLER} for _, proof in proofs):
        return True
    if needed is Strength.STAFF:
        return False
    return len({kind for kind, _ in proofs}) >= (2 if needed is Strength.TWO else 1)
