"""What a call leaves in any of the logs: a leg in the CDR, an event in the CEL, a row in the queue log."""

import re
from collections.abc import Sequence
from typing import Protocol

_UNIQUEID = re.compile(r"(?:[\w.-]+-)?(\d{1,12})\.(\d{1,12})", re.ASCII)
_CLID = re.compile(r'\s*"?(?P<name>.*?)"?\s*<(?P<number>[^<>]*)>\s*', re.DOTALL)

Half = tuple[str, str]


class MalformedRowError(ValueError):
    """A row that is not what its log holds; the text says why and holds nothing of the row."""


class Trace(Protocol):
    """One row of one log, whichever."""

    @property
    def uniqueid(self) -> str:
        """The channel's id."""

    @property
    def linkedid(self) -> str:
        """What joins the channels of a call; empty where the log does not keep it."""

    @property
    def accountcode(self) -> str:
        """The customer; empty where the row names none."""

    @property
    def numbers(self) -> Sequence[str]:
        """The numbers of the two ends, as written."""

    @property
    def halves(self) -> Sequence[Half]:
        """The marks that both halves of a Local channel share."""


def moment(uniqueid: str) -> tuple[int, int, str]:
    """When the channel was made, to order by: epoch seconds, Asterisk's count of channels, the id."""
    parts = _UNIQUEID.fullmatch(uniqueid)
    if parts is None:
        raise MalformedRowError("it has no uniqueid")
    return int(parts[1]), int(parts[2]), uniqueid


def is_uniqueid(text: str) -> bool:
    """Whether Asterisk could have given this id."""
    return _UNIQUEID.fullmatch(text) is not None


def clid_number(clid: str) -> str:
    """The number inside a caller id such as `"Anna Testi" <+358401234567>`."""
    parts = _CLID.fullmatch(clid)
    return parts["number"].strip() if parts else clid.strip().strip('"')


def clid_name(clid: str) -> str:
    """The name inside a caller id, empty if it has none."""
    parts = _CLID.fullmatch(clid)
    return parts["name"].strip() if parts else ""
