"""What a conversation says by itself: whose words a turn is, and whose addresses are read out."""

from collections.abc import Iterator

from dsar.contract import Speaker, Turn
from dsar.domain.withholding.contacts import contacts_in
from dsar.domain.withholding.ground import WithholdingGround
from dsar.domain.withholding.known import Known
from dsar.domain.withholding.line import Line
from dsar.domain.withholding.place import Place
from dsar.domain.withholding.pointer import below, values_in
from dsar.domain.withholding.withheld import Certainty, Rule, Withheld

WORDS_MIN = 3  # what has as many is said or written by somebody: no name, no number of a field


def of_other_speakers(line: Line) -> Iterator[Withheld]:
    """GDPR 15(4): the turns of other persons.

    One whose speaker is unknown may be another person's where the record has another person, or where person and
    business both have turns of their own. Else it is taken for one of the two.
    """
    unsure = _has_third(line.turns)
    for turn in line.turns:
        if turn.speaker is Speaker.OTHER:
            yield _hit(Place(turn.pointer), Rule.OTHER_SPEAKER, Certainty.CERTAIN)
        elif turn.speaker is Speaker.UNKNOWN and unsure:
            yield _hit(Place(turn.pointer), Rule.OTHER_SPEAKER, Certainty.POSSIBLE)


def of_contacts(line: Line, known: Known) -> Iterator[Withheld]:
    """Other persons' numbers and mailboxes in what was said, and in what was written down of it."""
    spoken = {turn.pointer for turn in line.turns}
    for held, name, text in values_in(line.data):
        if isinstance(text, str) and (below(held, name) in spoken or _is_prose(text)):
            for span, certainty in contacts_in(text, known):
                yield _hit(Place(below(held, name), span), Rule.CONTACT, certainty)


def _has_third(turns: tuple[Turn, ...]) -> bool:
    speakers = {turn.speaker for turn in turns}
    both = Speaker.SUBJECT in speakers and not speakers.isdisjoint({Speaker.BUSINESS, Speaker.MACHINE})
    return both or Speaker.OTHER in speakers


def _is_prose(text: str) -> bool:
    # What a machine was told of a conversation stands as JSON in one word.
    return len(text.split(maxsplit=WORDS_MIN - 1)) == WORDS_MIN or text.startswith(("{", "["))


def _hit(place: Place, rule: Rule, certainty: Certainty) -> Withheld:
    return Withheld(place=place, ground=WithholdingGround.OTHERS, rule=rule, certainty=certainty)
