"""What of records and files leaves, and the count of what does not."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from dsar.contract import Attachment
from dsar.domain.withholding import (
    Certainty,
    Collected,
    Heard,
    Line,
    Rule,
    Sound,
    Target,
    Withheld,
    Withholding,
    WithholdingGround,
)

TOGETHER = 256  # records looked at as one, before each by itself


class Counted(NamedTuple):
    """What places that stay out are counted by."""

    ground: WithholdingGround
    rule: Rule
    certainty: Certainty
    category: str
    system: str
    collection: str
    target: Target


class Release:
    """Turns stored records into released ones.

    `withheld` counts places; what was inferred and is no part of what is portable is `inferred_left_out` instead.
    """

    def __init__(self, withholding: Withholding) -> None:
        self._withholding = withholding
        self.withheld: Counter[Counted] = Counter()
        self.inferred_left_out = 0

    def again(self) -> "Release":
        """The same rules for a second pass, which must not count twice."""
        return Release(self._withholding)

    def of(self, where: Collected, lines: Sequence[Line]) -> tuple[list[Line], list[Sequence[Withheld]]]:
        """What leaves of some lines, in their order, and what stays out of each. The lines given are used up."""
        left: list[Line] = []
        out: list[Sequence[Withheld]] = []
        for start in range(0, len(lines), TOGETHER):
            some = lines[start : start + TOGETHER]
            if self._withholding.leave_whole(some):
                left += some
                out += [()] * len(some)
            else:
                self._one_by_one(where, some, left, out)
        return left, out

    def _one_by_one(
        self, where: Collected, lines: Sequence[Line], left: list[Line], out: list[Sequence[Withheld]]
    ) -> None:
        release = self._withholding.release
        for line in lines:
            leaves, withheld = release(where, line)
            if withheld:
                self.count(where, withheld)
            if leaves:
                left.append(line)
                out.append(withheld)

    def file(self, where: Collected, attachment: Attachment, heard: Sequence[Heard]) -> Sound:
        """How a file leaves; `heard` is what was withheld of the turns of its call."""
        sound = self._withholding.of_file(where, attachment, heard)
        self.count(where, sound.withheld)
        return sound

    def count(self, where: Collected, withheld: Sequence[Withheld]) -> None:
        """Count what stays out; `of` and `file` have done so with theirs."""
        for one in withheld:
            if one.rule is Rule.INFERRED:
                self.inferred_left_out += 1
            else:
                self.withheld[_counted(where, one)] += 1


def _counted(where: Collected, one: Withheld) -> Counted:
    return Counted(
        one.ground,
        one.rule,
        one.certainty,
        where.category,
        where.system,
        where.collection,
        one.place.target,
    )
