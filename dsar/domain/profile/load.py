"""Reads a profile from TOML and refuses what cannot be computed with, naming the field and what is allowed."""

from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from dsar.domain.profile.fault import fault
from dsar.domain.profile.model import Profile
from dsar.domain.profile.usable import problems


class ProfileError(Exception):
    """The profile cannot be used. The text names the field and what is allowed."""


class LoadedProfile(Struct, frozen=True):
    """A profile with the text it was read from: each case keeps both."""

    profile: Profile
    text: str
    hash: bytes


def load(text: str, origin: str) -> LoadedProfile:
    """Read a profile from TOML; `origin` names the file in an error."""
    profile = _converted(_decoded(text, origin), origin)
    problem = next(problems(profile), None)
    if problem is not None:
        raise ProfileError(f"{origin}: {problem}")
    return LoadedProfile(profile, text, sha256(text.encode()).digest())


def _decoded(text: str, origin: str) -> Any:
    try:
        return msgspec.toml.decode(text)
    except msgspec.DecodeError as error:
        raise ProfileError(f"{origin}: {error}") from error


def _converted(raw: Any, origin: str) -> Profile:
    try:
        return msgspec.convert(raw, Profile, str_keys=True)
    except msgspec.ValidationError as error:
        raise ProfileError(f"{origin}: {fault(error, raw, Profile)}") from error
