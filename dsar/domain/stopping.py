"""Rights that take effect at once, without search or approval: objection, withdrawn consent, California's opt-outs."""

from collections.abc import Iterable, Sequence

from dsar.contract import OrderKind, Role
from dsar.domain.case import Case, Decision, State
from dsar.domain.history import NewEvent
from dsar.domain.profile import Profile
from dsar.domain.rights import Right
from dsar.domain.systems import SystemFacts
from dsar.domain.work import NewStep, StepKind

# What the history calls it, and what a person has to see to where no order of a system's carries it out.
STOPPED = {
    Right.OBJECTION: "marketing.stopped",
    Right.WITHDRAW_CONSENT: "consent.withdrawn",
    Right.OPT_OUT_SALE: "sale.stopped",
    Right.LIMIT_SENSITIVE: "sensitive.limited",
}


def stop(
    case: Case,
    profile: Profile,
    systems: Sequence[SystemFacts],
    *,
    wrote: bool = False,
    purposes: Sequence[str] = (),
) -> Decision:
    """Order the stop everywhere; what no system can be ordered is a person's task.

    `wrote` says that the person explained in words of their own, `purposes` which consents they named.
    """
    ours = case.role is Role.CONTROLLER
    withdrawn = _withdrawn(case, profile, purposes) if ours else ()
    marketing = ours and _ends_marketing(case, profile, withdrawn)
    stops = tuple(suppress_steps(systems)) if marketing else ()
    tasks = tuple(
        NewStep(StepKind.BY_HAND, key, {"right": case.right.value}, by_hand=True)
        for key in _tasks(case, profile, withdrawn, wrote=wrote)
    )
    event = NewEvent(
        STOPPED[case.right],
        data={"systems": [str(step.payload["system"]) for step in stops], "categories": list(withdrawn)},
    )
    # The list of those who want no marketing is the operator's own: a customer's caller does not get on it.
    if not stops and not tasks:
        return Decision(
            state=State.ANSWERING, events=(event,), steps=(NewStep(StepKind.ANSWER),), suppress=marketing
        )
    return Decision(state=State.ACTING, events=(event,), steps=(*stops, *tasks), suppress=marketing)


def _withdrawn(case: Case, profile: Profile, purposes: Sequence[str]) -> tuple[str, ...]:
    # GDPR 7(3): fully, or for the purposes that the person names
    if case.right is not Right.WITHDRAW_CONSENT:
        return ()
    return tuple(key for key in profile.consents if not purposes or key in purposes)


def _ends_marketing(case: Case, profile: Profile, withdrawn: Sequence[str]) -> bool:
    # GDPR 21(3): an objection to direct marketing takes effect at once; no search, no weighing, no approval.
    if case.right is Right.WITHDRAW_CONSENT:
        return any(profile.categories[key].withdrawn_by == "suppress" for key in withdrawn)
    return case.right in {Right.OBJECTION, Right.OPT_OUT_SALE}


def _tasks(case: Case, profile: Profile, withdrawn: Sequence[str], *, wrote: bool) -> Iterable[str]:
    if case.right is Right.OBJECTION:
        # GDPR 21(1): what else the person objects to is weighed by a person.
        if wrote or case.role is Role.PROCESSOR:
            yield "weighing"
    elif case.right is Right.WITHDRAW_CONSENT:
        yield from (f"stop:{key}" for key in withdrawn if profile.categories[key].withdrawn_by != "suppress")
        if case.role is Role.PROCESSOR or not profile.consents:
            yield case.right.value
    else:
        # 11 CCR 7026(f), 7027(g): whoever got the data is told, and a person sees to it
        yield case.right.value


def suppress_steps(systems: Iterable[SystemFacts]) -> Iterable[NewStep]:
    """One order to each system of the operator's that can stop marketing."""
    for system in systems:
        if OrderKind.SUPPRESS in system.orders and Role.CONTROLLER in system.roles:
            yield NewStep(
                StepKind.ORDER, f"{system.key}:suppress", {"system": system.key, "order": "suppress"}
            )
