"""What a decision to disclose lets go of what is to be withheld."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from dsar.domain.withholding.place import Place, Span, Stretch, Target
from dsar.domain.withholding.pointer import above
from dsar.domain.withholding.withheld import Withheld


class Lift:
    """Some places that are disclosed. A place lets go itself and all that lies within it, and never what holds it."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._whole = False
        self._fields: set[str] = set()
        self._spans: dict[str, list[Span]] = {}
        self._stretches: list[Stretch] = []
        for place in places:
            self._add(place)

    def _add(self, place: Place) -> None:
        if place.stretch is not None:
            self._stretches.append(place.stretch)
        elif place.span is not None:
            self._spans.setdefault(place.pointer, []).append(place.span)
        elif place.pointer:
            self._fields.add(place.pointer)
        else:
            self._whole = True

    def of(self, hits: Iterable[Withheld]) -> list[Withheld]:
        """What is still withheld: of a span or a stretch, what is left of it."""
        return [left for hit in hits for left in self._left(hit)]

    def _left(self, hit: Withheld) -> Iterable[Withheld]:
        place = hit.place
        if self._whole:
            return ()
        if place.target is Target.RECORD:
            return (hit,)
        if place.stretch is not None:
            return (
                replace(hit, place=Place(stretch=left))
                for left in _sound_left(place.stretch, self._stretches)
            )
        if place.pointer in self._fields or not self._fields.isdisjoint(above(place.pointer)):
            return ()
        if place.span is None or place.pointer not in self._spans:
            return (hit,)
        return (
            replace(hit, place=Place(place.pointer, Span(start, stop)))
            for start, stop in _less((place.span.start, place.span.stop), self._spans[place.pointer])
        )


def _less(whole: tuple[int, int], spans: Iterable[Span]) -> list[tuple[int, int]]:
    left = [whole]
    for span in spans:
        left = [piece for start, stop in left for piece in _around(start, stop, span.start, span.stop)]
    return left


def _sound_left(stretch: Stretch, lifted: Iterable[Stretch]) -> Iterator[Stretch]:
    """A channel's part cannot be let go of what holds for all channels."""
    heard = [one for one in lifted if one.channel is None or one.channel == stretch.channel]
    end = (
        max((one.to_ms or one.from_ms for one in (stretch, *heard)), default=0) + 1
    )  # stands for the unknown end
    spans = [Span(one.from_ms, end if one.to_ms is None else one.to_ms) for one in heard]
    whole = (stretch.from_ms, end if stretch.to_ms is None else stretch.to_ms)
    for start, stop in _less(whole, spans):
        yield Stretch(start, None if stop == end else stop, stretch.channel)


def _around(start: int, stop: int, cut_start: int, cut_stop: int) -> Iterator[tuple[int, int]]:
    if start < min(stop, cut_start):
        yield start, min(stop, cut_start)
    if max(start, cut_stop) < stop:
        yield max(start, cut_stop), stop
