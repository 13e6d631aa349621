"""What of an answer is withheld: rules that withhold by themselves, and what staff decided. Pure."""

from dsar.domain.withholding.cutting import MARK
from dsar.domain.withholding.decided import About, Decided, Effect, Selector, Words
from dsar.domain.withholding.filed import Labels, labels
from dsar.domain.withholding.ground import WithholdingGround
from dsar.domain.withholding.known import Known
from dsar.domain.withholding.line import Collected, Line
from dsar.domain.withholding.named import SHOWN
from dsar.domain.withholding.place import Place, Span, Stretch, Target
from dsar.domain.withholding.sound import Heard, Sound, call_of, has_voices, heard
from dsar.domain.withholding.withheld import Certainty, Rule, Withheld
from dsar.domain.withholding.withholding import Withholding, record_id_of

__all__ = [
    "MARK",
    "SHOWN",
    "About",
    "Certainty",
    "Collected",
    "Decided",
    "Effect",
    "Heard",
    "Known",
    "Labels",
    "Line",
    "Place",
    "Rule",
    "Selector",
    "Sound",
    "Span",
    "Stretch",
    "Target",
    "Withheld",
    "Withholding",
    "WithholdingGround",
    "Words",
    "call_of",
    "has_voices",
    "heard",
    "labels",
    "record_id_of",
]
