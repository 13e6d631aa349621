"""Taking out of a record what stays out of the answer."""

from collections.abc import Iterable, Sequence

from dsar.domain.withholding.line import Line
from dsar.domain.withholding.named import SHOWN
from dsar.domain.withholding.place import Span
from dsar.domain.withholding.pointer import above, at, put, take_out
from dsar.domain.withholding.withheld import Withheld

MARK = "[…]"  # where something was said that is withheld


def cut(line: Line, withheld: Sequence[Withheld]) -> None:
    """Change a record in place. `withheld` is tidy, and leaves something of the record.

    A turn stays, with null for its text. In place of what is told to nobody stand fixed words; all else is gone.
    """
    spoken = {turn.pointer for turn in line.turns}
    gone, emptied = set[str](), set[str]()
    spans: list[tuple[Span, str]] = []
    for one in withheld:
        pointer, is_final = one.place.pointer, one.rule.is_final
        if one.place.span is not None:
            spans.append((one.place.span, pointer))
        elif is_final:
            put(line.data, pointer, SHOWN)
            gone.add(pointer)
        elif pointer in spoken:
            put(line.data, pointer, None)
            emptied.add(pointer)
        else:
            take_out(line.data, pointer)
            gone.add(pointer)
    # From the end, so that the offsets of those before hold.
    for span, pointer in sorted(spans, key=lambda cut: -cut[0].start):
        text = at(line.data, pointer)
        put(line.data, pointer, text[: span.start] + MARK + text[span.stop :])
    if line.others or line.made_by_ai or line.inferred:
        _drop_pointers(line, gone, gone | emptied)


def _drop_pointers(line: Line, gone: set[str], changed: set[str]) -> None:
    """Turns stay, so that a reader sees that somebody spoke, and when."""

    def leading(pointers: Iterable[str]) -> tuple[str, ...]:
        return tuple(p for p in pointers if p not in gone and changed.isdisjoint(above(p)))

    line.others = leading(line.others)
    line.made_by_ai = leading(line.made_by_ai)
    line.inferred = leading(line.inferred)
