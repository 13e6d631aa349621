"""What of an answer is withheld: rules that withhold by themselves, and what staff decided. Pure."""

from dsar.domain.withholding.decided import Decided, Effect, Selector, Words
from dsar.domain.withholding.ground import WithholdingGround
from dsar.domain.withholding.line import Collected, Line
from dsar.domain.withholding.place import Place, Span, Stretch, Target
from dsar.domain.withholding.withheld import Certainty, Rule, Withheld

__all__ = [
    "Certainty",
    "Collected",
    "Decided",
    "Effect",
    "Line",
    "Place",
    "Rule",
    "Selector",
    "Span",
    "Stretch",
    "Target",
    "Withheld",
    "WithholdingGround",
    "Words",
]
