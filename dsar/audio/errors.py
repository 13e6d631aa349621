"""What can stand in the way of muting a recording.

AudioError
├── Unreadable      no form of sound that can be taken apart: whoever must mute it withholds it whole
└── NoSuchChannel   what is to be muted is on a channel that the recording does not have, or that may be another's
"""


class AudioError(Exception):
    """A recording cannot be muted as wanted. The text holds nothing of what it says."""


class Unreadable(AudioError):
    """It is of a form that is not read here, is damaged from the start, or is no sound at all."""


class NoSuchChannel(AudioError):
    """Nothing leaves: the channel meant may be any of those that are there."""
