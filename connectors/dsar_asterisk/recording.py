"""One recording of a call, wherever it lies, and whose voice each of its channels carries."""

import re

from msgspec import Struct

from dsar.contract import Channel, Refused, Speaker
from dsar_asterisk.calls import Call
from dsar_asterisk.numbers import Phone
from dsar_asterisk.traces import is_uniqueid

# By the end of the name: both voices, what came from the channel, what was sent to it.
SIDES = ("", "-rx", "-tx")
MEDIA_TYPE = "audio/wav"


class Recording(Struct, frozen=True):
    """One file. `id` tells it from all others of the system; `uniqueid` is the channel that was recorded."""

    id: str
    name: str
    uniqueid: str
    side: str
    size: int | None = None
    media_type: str = MEDIA_TYPE
    is_stereo: bool = False


def uniqueid_of(name: str, named: str) -> str:
    """The channel that a recording's name speaks of; a name that Asterisk would not give is refused.

    `named` is how the recordings are named, with `{uniqueid}` for the channel.
    """
    before, _, behind = named.partition("{uniqueid}")
    parts = re.fullmatch(
        rf"{re.escape(before)}(?P<uniqueid>.+?){re.escape(behind)}(?:-rx|-tx)?", name, re.ASCII
    )
    if parts is None or not is_uniqueid(parts["uniqueid"]):
        raise Refused("recordings: the attachment's name is no recording's; export it again")
    return parts["uniqueid"]


def channels(recording: Recording, call: Call, phone: Phone, agent: Speaker) -> tuple[Channel, ...]:
    """The channels of the file: who placed the call is heard on `-rx`, and on the left of a stereo mix."""
    caller, called = ends(recording.uniqueid, call, phone, agent)
    match recording.side:
        case "-rx":
            return (Channel("caller", caller),)
        case "-tx":
            return (Channel("called", called),)
        case _ if recording.is_stereo:
            return Channel("caller", caller), Channel("called", called)
        case _:
            return (Channel("both", Speaker.MIXED),)


def ends(uniqueid: str, call: Call, phone: Phone, agent: Speaker) -> tuple[Speaker, Speaker]:
    """Who placed the recorded leg and who was called: the person stands at one end, the business at the other.

    On a channel whose legs do not name the person, such as one that the call was passed on by, nobody can say.
    """
    legs = [leg for leg in call.legs if leg.uniqueid == uniqueid]
    if any(phone.is_caller(leg) for leg in legs):
        return Speaker.SUBJECT, agent
    if any(phone.is_called(leg) for leg in legs):
        return agent, Speaker.SUBJECT
    return Speaker.UNKNOWN, Speaker.UNKNOWN
