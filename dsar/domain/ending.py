"""A case that ends without an answer of ours keeps its key only as long as the profile says."""

from datetime import datetime, timedelta

import msgspec

from dsar.domain.case import Decision, State
from dsar.domain.profile import Profile
from dsar.domain.work import NewStep, StepKind


def with_closing(decision: Decision, profile: Profile, now: datetime) -> Decision:
    """The decision with its closing step, where it closes the case."""
    if decision.state is not State.CLOSED:
        return decision
    keep = timedelta(days=profile.delivery.close_after_days)
    return msgspec.structs.replace(
        decision, steps=(*decision.steps, NewStep(StepKind.CLOSE, due_at=now + keep))
    )
