"""Reads a profile from TOML and refuses what cannot be computed with, naming the field and what is allowed."""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256

import msgspec
from msgspec import Struct

from dsar.domain.holds import held_until
from dsar.domain.profile.model import CallersRule, Profile


class ProfileError(Exception):
    """The profile cannot be used. The text names the field and what is allowed."""


class LoadedProfile(Struct, frozen=True):
    """A profile with the text it was read from: each case keeps both."""

    profile: Profile
    text: str
    hash: bytes


def load(text: str, origin: str) -> LoadedProfile:
    """Read a profile from TOML; `origin` names the file in an error."""
    try:
        profile = msgspec.toml.decode(text, type=Profile)
        problem = next(_problems(profile), None)
    except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
        raise ProfileError(f"{origin}: {error}") from error
    if problem is not None:
        raise ProfileError(f"{origin}: {problem}")
    return LoadedProfile(profile, text, sha256(text.encode()).digest())


def _problems(profile: Profile) -> Iterator[str]:
    if not profile.rights:
        yield 'rights: is empty; name at least one right, for example rights = ["access"]'
    if not profile.operator.languages:
        yield 'operator.languages: is empty; name at least one, for example ["en"]'
    if not profile.relations:
        yield 'controller_for: is empty, and processor_for as well; name at least one, for example ["visitor"]'
    if profile.processor_for and profile.callers is CallersRule.OURS:
        yield 'callers: is "ours" although processor_for names somebody; write "refer" or "forward"'
    for residence in ("", *profile.residents):
        _ = profile.jurisdiction(residence)  # refuses what it cannot compute with
    yield from _holds(profile)
    for key, category in profile.categories.items():
        if not any(basis.article.strip() for basis in category.legal_basis):
            yield (
                f"categories.{key}.legal_basis: is empty; name the article, for example "
                'legal_basis = [{ article = "GDPR 6(1)(b)" }]'
            )


def _holds(profile: Profile) -> Iterator[str]:
    for key, rule in profile.holds.items():
        try:
            held_until(date(2023, 1, 1), rule)  # of a year without a 29 February
        except ValueError:
            yield (
                f"holds.{key}.financial_year_ends: is no day of every year; write it as month-day, for example 12-31"
            )
    for key, category in profile.categories.items():
        for hold in category.holds:
            if hold not in profile.holds:
                there = ", ".join(profile.holds) or "none is described"
                yield f"categories.{key}.holds: {hold!r} is no hold of this profile; there are: {there}"
