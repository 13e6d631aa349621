"""Recordings: read, muted and written block by block."""

from dsar.audio.errors import AudioError, NoSuchChannel, Unreadable
from dsar.audio.muting import Muted, muted, stretch

__all__ = ["AudioError", "Muted", "NoSuchChannel", "Unreadable", "muted", "stretch"]
