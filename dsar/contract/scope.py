"""Who is asked about, and what a case may touch."""

from enum import StrEnum

from msgspec import Struct


class Role(StrEnum):
    """Whose data a case may touch: the operator's own, or one customer-controller's."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"


class Ref(Struct, frozen=True):
    """A typed identifier. `email` is lower-case, `phone` is E.164 (`+358401234567`); others are the vendor's."""

    kind: str
    value: str

    def __repr__(self) -> str:
        """Keep the value out of tracebacks and logs."""
        return f"Ref({self.kind!r}, …)"


class Scope(Struct, frozen=True):
    """What a case may touch. `tenant` is the customer's key in the system; None only for the operator's own data."""

    role: Role
    tenant: str | None = None

    def __post_init__(self) -> None:
        if (self.role is Role.PROCESSOR) != (self.tenant is not None):
            msg = "scope: a processor's scope names its tenant, and the operator's own names none"
            raise ValueError(msg)
