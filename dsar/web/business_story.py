"""A case's history in words, for the business whose case it is: what happened when, and by whose word."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dsar.domain.history import Event
from dsar.domain.routing import INSTRUCTED
from dsar.web.business_wording import (
    A_KEY,
    HAPPENED,
    NAMED_KEY,
    OUR_STAFF,
    SOMEBODY_REMOVED,
    STANDING,
)
from dsar.web.pages import Pages


def story(pages: Pages, history: Iterable[Event], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """What concerns the business, in order. `names` are its people and keys by `member:<id>` and `key:<id>`."""
    return [
        {"at": event.at, "text": pages.say(HAPPENED[kind], by=_by(pages, event, names))}
        for event in history
        if (kind := _kind(event)) is not None
    ]


def doers(history: Iterable[Event]) -> set[str]:
    """Everybody of the business who acted, as `member:<id>` or `key:<id>`."""
    return {event.actor.partition("/")[2] for event in history} - {""}


def _kind(event: Event) -> str | None:
    """The most exact happening that has words."""
    if event.type == INSTRUCTED:
        said: Sequence[str | None] = (event.data["instruction"], event.data.get("answer_to"))
    elif event.type == "information.came":
        said = (event.data["state"],)
    else:
        said = ("controller",) if event.actor.startswith("controller:") else ()
    exact = "/".join([event.type, *filter(None, said)])
    return exact if exact in HAPPENED else event.type if event.type in HAPPENED else None


def _by(pages: Pages, event: Event, names: Mapping[str, str]) -> str:
    """Who did it, at the beginning of a sentence."""
    doer = event.actor.partition("/")[2]
    if "standing" in event.data:
        words = pages.say(STANDING)
    elif doer.startswith("member:"):
        words = names.get(doer) or pages.say(SOMEBODY_REMOVED)
    elif doer.startswith("key:"):
        words = pages.say(NAMED_KEY, name=names[doer]) if doer in names else pages.say(A_KEY)
    else:
        words = pages.say(OUR_STAFF)
    return words[:1].upper() + words[1:]
