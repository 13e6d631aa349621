"""A refusal as the case's history keeps it."""

from dsar.domain.case import Case
from dsar.domain.grounds import Ground
from dsar.domain.history import NewEvent
from dsar.review.acting import Actor
from dsar.vault import Vault


def refusal(case: Case, actor: Actor, ground: Ground, reasons: str, vault: Vault) -> NewEvent:
    """A refusal as its entry in the history.

    The reasons may name somebody: the history keeps them sealed, and they go with the case's key.
    """
    sealed = vault.case_key(case.wrapped_key).seal(reasons.encode(), "refusal")
    return NewEvent("case.refused", actor.name, {"ground": ground.law, "sealed_reasons": sealed.hex()})
