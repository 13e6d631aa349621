"""GDPR 19: whoever got the data is told what became of it."""

from collections.abc import Iterable

from dsar.domain.case import Case
from dsar.domain.profile import Profile
from dsar.domain.work import NewStep, StepKind

TELL = "tell"


def told(profile: Profile) -> tuple[str, ...]:
    """Recipients whom no order reaches, so that a person tells them."""
    all_categories = [r for category in profile.categories.values() for r in category.recipients]
    return tuple(
        dict.fromkeys(r.name for r in (*profile.recipients, *all_categories) if r.told and r.name is not None)
    )


def tell_steps(profile: Profile, case: Case) -> Iterable[NewStep]:
    """A task for each. A customer-controller tells its own recipients."""
    if case.controller_id is None:
        for name in told(profile):
            yield NewStep(StepKind.BY_HAND, f"{TELL}:{name}", {TELL: name}, by_hand=True)
