"""A call as the page shows it: who said what and when, what is withheld of it, and its recordings to play."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from msgspec import Struct, field

from dsar.bundle.field import Field, fields, legible
from dsar.bundle.reasons import Reason, reasons
from dsar.bundle.sample import Room
from dsar.contract import Maker, Speaker, Turn
from dsar.domain.withholding import Line, Stretch, Withheld, WithholdingGround
from dsar.domain.withholding.pointer import above, at, covers

CALLS_MAX = 200  # of one category; the folder has them all
TURNS_MAX = 400  # of one call
WORDS_MAX = 2000  # characters of one turn


class Mute(Struct, frozen=True):
    """Where a recording is silent, and why. `channel` is what the system calls it; None means all."""

    stretch: Stretch
    ground: WithholdingGround
    channel: str | None = None


class Recording(Struct, frozen=True):
    """A file that the page plays or links. It bears the safe name; the manifest has the one it came with.

    Where `withheld` is set, all of it stayed out, and `path` says what kind of file: a name may tell whom it is about.
    """

    path: str
    media_type: str
    bytes: int
    mutes: tuple[Mute, ...] = ()
    withheld: WithholdingGround | None = None
    made_by_ai: bool = False
    inferred: bool = False
    maker: Maker | None = None

    @property
    def name(self) -> str:
        """As the file is called in the archive."""
        return self.path.rpartition("/")[2]

    @property
    def source(self) -> str:
        """The address, relative to the page."""
        return quote(self.path)

    @property
    def audio(self) -> bool:
        """Whether it can be played."""
        return self.media_type.startswith("audio/") and self.withheld is None

    @property
    def tampered(self) -> bool:
        """Whether some or all of it stayed out."""
        return bool(self.mutes) or self.withheld is not None


class Spoken(Struct, frozen=True):
    """One turn. `gone` says that none of its words left; `cut`, that the whole of them is in the file."""

    speaker: Speaker
    from_ms: int | None
    to_ms: int | None
    text: str
    cut: bool = False
    withheld: tuple[Reason, ...] = ()
    gone: bool = False


class CallPlace(Struct, frozen=True):
    """Where a call stands. `files` are its paths in the archive, without the recordings."""

    title: str
    system: str
    folder: str
    files: tuple[str, ...] = ()


class CallSection(Struct, frozen=True):
    """One call. `turn_count` counts also the turns that the page does not show."""

    place: CallPlace
    fields: list[Field] = field(default_factory=list)
    turns: list[Spoken] = field(default_factory=list)
    turn_count: int = 0
    transcribed: bool = False  # the words were written by a machine
    maker: Maker | None = None
    recordings: Sequence[Recording] = ()

    @property
    def title(self) -> str:
        """As its system calls it."""
        return legible(self.place.title)

    @property
    def timed(self) -> bool:
        """Whether the turns can follow the sound."""
        return any(turn.from_ms is not None for turn in self.turns)

    @property
    def made_by_ai(self) -> bool:
        """Whether a machine made some of it."""
        fields = any(one.made_by_ai for one in self.fields)
        return self.transcribed or fields or any(one.made_by_ai for one in self.recordings)

    @property
    def inferred(self) -> bool:
        """Whether some of it is a conclusion."""
        return any(one.inferred for one in self.fields) or any(one.inferred for one in self.recordings)

    @property
    def withheld(self) -> bool:
        """Whether some of it stayed out."""
        words = any(one.withheld for one in self.fields) or any(one.withheld for one in self.turns)
        return words or any(one.tampered for one in self.recordings)


def call(
    line: Line | None,
    withheld: Sequence[Withheld],
    *,
    where: CallPlace,
    recordings: Sequence[Recording] = (),
    room: Room,
) -> CallSection:
    """A call for the page, of its record as it is released; without a record, its recordings alone."""
    if line is None or room.full:
        return CallSection(where, turn_count=len(line.turns) if line else 0, recordings=recordings)
    # The collection shows the rest, and the call's own file.
    about = [
        one for one in fields(line, withheld) if one.shown and not one.turns and (one.brief or one.made_by_ai)
    ]
    turns = list(_spoken(line, withheld, room))
    room.take(about)
    transcribed = bool(line.turns) and all(_made_by_ai(line, turn) for turn in line.turns)
    maker = line.maker if transcribed else None
    return CallSection(where, about, turns, len(line.turns), transcribed, maker, recordings)


def _spoken(line: Line, withheld: Sequence[Withheld], room: Room) -> Iterator[Spoken]:
    of_pointer = _by_pointer(withheld)
    for turn in line.turns[:TURNS_MAX]:
        if room.full:
            return
        spoken = _turn(line, turn, _of_turn(of_pointer, turn))
        room.take_words(len(spoken.text))
        yield spoken


def _turn(line: Line, turn: Turn, why: tuple[Reason, ...]) -> Spoken:
    words = at(line.data, turn.pointer)
    said = words if isinstance(words, str) else ""
    return Spoken(
        speaker=turn.speaker,
        from_ms=turn.from_ms,
        to_ms=turn.to_ms,
        text=legible(said, WORDS_MAX),
        cut=len(said) > WORDS_MAX,
        withheld=why,
        gone=bool(why) and not said,
    )


def _by_pointer(withheld: Sequence[Withheld]) -> dict[str, list[Withheld]]:
    of_pointer: dict[str, list[Withheld]] = {}
    for one in withheld:
        of_pointer.setdefault(one.place.pointer, []).append(one)
    return of_pointer


def _of_turn(of_pointer: dict[str, list[Withheld]], turn: Turn) -> tuple[Reason, ...]:
    """Why its words were withheld, or anything that holds them."""
    pointers = (turn.pointer, *above(turn.pointer))
    return reasons(one for pointer in pointers for one in of_pointer.get(pointer, ()))


def _made_by_ai(line: Line, turn: Turn) -> bool:
    return any(covers(pointer, turn.pointer) for pointer in line.made_by_ai)
