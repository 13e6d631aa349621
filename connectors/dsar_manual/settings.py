"""What an operator writes down about a system that only people reach."""

from typing import Annotated

from msgspec import Meta, Struct

from dsar.contract import OrderKind

Words = Annotated[str, Meta(min_length=1, max_length=1_500)]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]


class Work(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of task: what to do, and in how many days. The words name no person of a case."""

    instruction: Annotated[Words, Meta(description="What to do, in words")]
    within_days: Annotated[int, Meta(ge=1, le=90, description="Days there are to do it")] = 10


class Shelf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One collection: what is uploaded for it goes into the answer under its category."""

    category: Annotated[Name, Meta(description="A category of the profile")]
    description: Annotated[
        str, Meta(min_length=1, max_length=500, description="What it is, as the person reads it")
    ]
    portable: Annotated[bool, Meta(description="Provided by the person, or observed of them")] = True


class ManualSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tasks. Another order without an instruction is not taken: it becomes a task without one."""

    find: Annotated[Work, Meta(description="How to look a person up")]
    collections: Annotated[
        dict[Name, Shelf], Meta(min_length=1, max_length=100, description="What is kept there, by name")
    ]
    erase: Annotated[
        Work, Meta(description="How to erase a person, or how to see that nothing can be erased")
    ]
    export: Annotated[
        Words | None, Meta(description="How to make the copy that is uploaded; told with finding")
    ] = None
    rectify: Annotated[Work | None, Meta(description="How to correct a record")] = None
    restrict: Annotated[Work | None, Meta(description="How to restrict, and how to release")] = None
    suppress: Annotated[Work | None, Meta(description="How to stop marketing")] = None
    contact: Annotated[str, Meta(max_length=200, description="Who knows the system: a role or a team")] = ""
    evidence_required: Annotated[
        bool, Meta(description="Whether an order's task ends only with a file that shows it")
    ] = True

    def work(self, order: OrderKind) -> Work | None:
        """The task of an order."""
        found: Work | None = getattr(self, order.value)
        return found
