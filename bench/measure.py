"""One measured figure, and the table of all."""

from collections.abc import Iterable
from statistics import median

from msgspec import Struct

RUNS = 3


class Measure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A figure, its limit of the same run, the aim, and what a known engine takes on such a machine.

    `ratio_aim` bounds figure ÷ limit; it serves in place of `aim` where the issue says "or".
    """

    key: str
    title: str
    figure: float
    unit: str
    more_is_better: bool = False
    limit: float | None = None
    limit_title: str = ""
    aim: float | None = None
    ratio_aim: float | None = None
    known: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Figure ÷ limit."""
        return self.figure / self.limit if self.limit else None

    @property
    def verdict(self) -> str:
        """`ok` or `short`; nothing where no aim was set."""
        verdicts = [self._meets(self.figure, self.aim), self._meets(self.ratio, self.ratio_aim)]
        judged = [verdict for verdict in verdicts if verdict is not None]
        return ("ok" if any(judged) else "short") if judged else ""

    def _meets(self, value: float | None, aim: float | None) -> bool | None:
        if value is None or aim is None:
            return None
        return value >= aim if self.more_is_better else value <= aim


HEAD = ("measure", "figure", "limit of this run", "ratio", "aim", "known engine", "")


def show(measures: Iterable[Measure]) -> None:
    """Print the table."""
    lines = [HEAD, *(_line(measure) for measure in measures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    for number, line in enumerate(lines):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def _line(m: Measure) -> tuple[str, ...]:
    limit = f"{_number(m.limit)} {m.unit}  {m.limit_title}" if m.limit is not None else ""
    wanted = [_number(m.aim)] if m.aim is not None else []
    wanted += [f"ratio {_number(m.ratio_aim)}"] if m.ratio_aim is not None else []
    known = _number(m.known) if m.known is not None else ""
    ratio = f"{m.ratio:.2f}" if m.ratio is not None else ""
    return (m.title, f"{_number(m.figure)} {m.unit}", limit, ratio, " or ".join(wanted), known, m.verdict)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def middle(values: Iterable[float]) -> float:
    """The median: on a shared machine the mean tells of the neighbours."""
    return float(median(values))
