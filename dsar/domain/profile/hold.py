"""The statutory holds of a profile: `domain.holds` counts them, this names them to people."""

from dsar.domain.holds import HoldRule
from dsar.domain.profile.words import Text


class StatutoryHold(HoldRule, frozen=True, forbid_unknown_fields=True):
    """What keeps an object from erasure, GDPR 17(3)(b), with its statute in the reader's words."""

    statute: Text  # type: ignore[assignment]  # wider than the rule's own, which only counts
