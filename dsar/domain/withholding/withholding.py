"""All that decides what stays out of one case's answer: the rules, and what staff decided."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec
from msgspec import Struct

from dsar.contract import Attachment
from dsar.domain.rights import Right
from dsar.domain.withholding.cutting import cut
from dsar.domain.withholding.decided import Decided
from dsar.domain.withholding.echo import echoes
from dsar.domain.withholding.filed import of_labels
from dsar.domain.withholding.ground import WithholdingGround
from dsar.domain.withholding.known import Known
from dsar.domain.withholding.line import Collected, Line
from dsar.domain.withholding.never import Never
from dsar.domain.withholding.place import Place, Target
from dsar.domain.withholding.selecting import places, places_of_file
from dsar.domain.withholding.sound import Heard, Sound, has_voices, of_channels, of_turns, sound_of
from dsar.domain.withholding.speaking import of_contacts, of_other_speakers
from dsar.domain.withholding.staff import Index, Staff
from dsar.domain.withholding.tidy import tidied
from dsar.domain.withholding.withheld import Rule, Withheld


class _Id(Struct):
    record_id: str


_ids = msgspec.json.Decoder(_Id)


def record_id_of(line: Line) -> str:
    """What its system calls a record: with its collection, what decisions know it by."""
    return _ids.decode(line.origin).record_id


class Withholding:
    """Rules and decisions of one case. `index` makes the keyed hash of an item from `system:collection` and its id.

    An answer `to_controller` keeps other people's data: the controller has its own records whole and withholds by
    itself. Secrets leave to nobody.
    """

    def __init__(
        self,
        right: Right,
        *,
        to_controller: bool,
        known: Known,
        decided: Sequence[Decided] = (),
        index: Index,
    ) -> None:
        self._to_person = not to_controller
        self._known = known
        # GDPR 20: provided and observed data; what was inferred from it stays out (WP 242, II). GDPR 15: all.
        self._provided_alone = right is Right.PORTABILITY
        # 11 CCR 7024(d): numbers and secrets that open accounts are never disclosed, only that they are held
        self._never = Never(california=right is Right.KNOW)
        self._staff = Staff(decided, index)

    def of(self, where: Collected, line: Line) -> list[Withheld]:
        """What stays out of a record, each place once; nothing is changed."""
        hits = self._never.hits(line.data)
        if line.others or line.turns or line.inferred or self._staff.decides:
            hits += self._settled(where, line)
        return tidied(hits, line.data) if hits else hits

    def leave_whole(self, lines: Sequence[Line]) -> bool:
        """Whether nothing stays out of any of these records; False says no more than that each is to be looked at."""
        return (
            not self._staff.decides
            and not any(line.others or line.turns or line.inferred for line in lines)
            and self._never.nothing_in([line.data for line in lines])
        )

    def release(self, where: Collected, line: Line) -> tuple[bool, list[Withheld]]:
        """Take out of a record, in place, what stays out; False when that is all of it."""
        withheld = self.of(where, line)
        if withheld and withheld[0].place.target is Target.RECORD:
            return False, withheld
        if line.others and self._to_person:
            line.others = ()
        if withheld:
            cut(line, withheld)
        return True, withheld

    def of_file(self, where: Collected, attachment: Attachment, heard: Sequence[Heard]) -> Sound:
        """How a file leaves. `heard` is what was withheld of the turns of its call."""
        hits: list[Withheld] = []
        if self._provided_alone and attachment.inferred:
            hits.append(_not_provided(""))
        if has_voices(attachment):
            hits += of_turns(attachment, (one for one in heard if self._to_person or one.by.decision))
            hits += of_channels(attachment) if self._to_person else ()
        if self._to_person:
            hits += of_labels(attachment, self._known)
        if self._staff.decides:
            find = partial(places_of_file, attachment=attachment)
            hits = self._staff.over(hits, where, lambda: attachment.origin.record_id, find)
        return sound_of(attachment, hits)

    def _settled(self, where: Collected, line: Line) -> list[Withheld]:
        """What rules and staff withhold, and where withheld turns stand once more."""
        hits = list(self._by_rules(line))
        about: tuple[Collected, Callable[[], str], Callable[..., Iterator[Place]]]
        about = (where, partial(record_id_of, line), partial(places, line=line))
        if self._staff.decides:
            hits = self._staff.over(hits, *about)
        if not hits or not line.turns:
            return hits
        again = list(echoes(line, hits))
        return hits + (self._staff.lifted(again, *about) if self._staff.decides else again)

    def _by_rules(self, line: Line) -> Iterator[Withheld]:
        if self._to_person:
            # GDPR 15(4), 20(4): what concerns another person
            for pointer in line.others:
                yield Withheld(place=Place(pointer), ground=WithholdingGround.OTHERS, rule=Rule.OTHERS)
            if line.turns:
                yield from of_other_speakers(line)
                yield from of_contacts(line, self._known)
        if self._provided_alone:
            yield from map(_not_provided, line.inferred)


def _not_provided(pointer: str) -> Withheld:
    # GDPR 20(1): "which he or she has provided"
    return Withheld(place=Place(pointer), ground=WithholdingGround.NOT_PROVIDED, rule=Rule.INFERRED)
