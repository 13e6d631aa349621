"""What a profile must say before anything can be computed with it; each problem names the field and what is allowed."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from dsar.domain.clock import ClockError, NoDeadlineError, Place, due
from dsar.domain.holds import held_until
from dsar.domain.profile.fields import has_field, texts_in
from dsar.domain.profile.model import CallersRule, Profile
from dsar.domain.profile.operator import Operator
from dsar.domain.profile.words import texts

_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
_RESIDENCE = re.compile(r"([A-Z]{2})(?:-[A-Z0-9]{1,3})?", re.ASCII)
_TELEPHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_ADDRESS = re.compile(r"https?://\S+")
_YEARS_MAX = 100
# When every regime that is known has come into force.
_SOME_DAY = datetime(2027, 6, 1, 9, tzinfo=UTC)


def problems(profile: Profile) -> Iterator[str]:
    """Why this profile cannot be used, if it cannot."""
    yield from _empty(profile)
    yield from _operator(profile.operator)
    if profile.policy is not None and not _is_date(profile.policy.version or "2000-01-01"):
        yield f"policy.version: {profile.policy.version!r} cannot be used; allowed: its date, written as 2026-03-01"
    if profile.processor_for and profile.callers is CallersRule.OURS:
        yield 'callers: is "ours" although processor_for names somebody; write "refer" or "forward"'
    yield from _residents(profile)
    yield from _clock(profile)
    yield from _holds(profile)
    yield from _countries(profile)
    for path in profile.assumed:
        if not has_field(profile, path):
            yield f'assumed: {path!r} is no field of this profile; write it as "operator.country"'


def _empty(profile: Profile) -> Iterator[str]:
    if not profile.rights:
        yield 'rights: is empty; name at least one right, for example rights = ["access"]'
    if not profile.operator.languages:
        yield 'operator.languages: is empty; name at least one, for example ["en"]'
    if not profile.relations:
        yield 'controller_for: is empty, and processor_for as well; name at least one, for example ["visitor"]'
    for key, category in profile.categories.items():
        if not any(basis.article.strip() for basis in category.legal_basis):
            yield (
                f"categories.{key}.legal_basis: is empty; name the article, for example "
                'legal_basis = [{ article = "GDPR 6(1)(b)" }]'
            )
    for field, text in texts_in(profile):
        if not all(words.strip() for words in texts(text)) or not text:
            yield f'{field}: is empty; write a text, or one for each language as {{ en = "…", fi = "…" }}'


def _operator(operator: Operator) -> Iterator[str]:
    for number, language in enumerate(operator.languages):
        if _LANGUAGE.fullmatch(language) is None:
            yield f"operator.languages[{number}]: {language!r} cannot be used; allowed: a code such as en, fi, sv, pl"
    if operator.telephone is not None and _TELEPHONE.fullmatch(operator.telephone) is None:
        yield f"operator.telephone: {operator.telephone!r} cannot be used; allowed: a number such as +46852506000"
    if operator.contact is not None and "@" not in operator.contact:
        yield f"operator.contact: {operator.contact!r} cannot be used; allowed: an e-mail address"
    if operator.authority is not None and _ADDRESS.fullmatch(operator.authority.url) is None:
        yield f"operator.authority.url: {operator.authority.url!r} cannot be used; allowed: an address with https://"


def _residents(profile: Profile) -> Iterator[str]:
    for key, residence in profile.residents.items():
        found = _RESIDENCE.fullmatch(key)
        if found is None or not _is_country(found[1]):
            yield f"residents.{key}: {key!r} cannot be used; allowed: an ISO 3166 code such as GB or US-CA"
        if residence.subdivision is not None and residence.country is None:
            yield f"residents.{key}.country: is missing beside subdivision {residence.subdivision!r}; name it"
        if residence.authority is not None and _ADDRESS.fullmatch(residence.authority.url) is None:
            yield (
                f"residents.{key}.authority.url: {residence.authority.url!r} cannot be used; "
                "allowed: an address with https://"
            )


def _clock(profile: Profile) -> Iterator[str]:
    for residence in ("", *profile.residents):
        try:
            where = profile.jurisdiction(residence)
            due(_SOME_DAY, where.regime, where.place, promise=where.promise, mode=where.mode)
        except NoDeadlineError:
            continue  # a law that is not yet in force
        except ClockError as error:
            yield f"{_field(residence, error.field)}: {error.value!r} cannot be used; allowed: {error.allowed}"


def _field(residence: str, field: str) -> str:
    if residence:
        return f"residents.{residence}.{field}"
    return field if field == "promise" else f"operator.{field}"


def _holds(profile: Profile) -> Iterator[str]:
    for key, rule in profile.holds.items():
        if rule.years is not None and not 1 <= rule.years <= _YEARS_MAX:
            yield f"holds.{key}.years: {rule.years!r} cannot be used; allowed: 1 to {_YEARS_MAX}"
        try:
            held_until(date(2023, 1, 1), rule)  # of a year without a 29 February
        except ValueError:
            yield (
                f"holds.{key}.financial_year_ends: {rule.financial_year_ends!r} is no day of every year; "
                "write it as month-day, for example 12-31"
            )
    for key, category in profile.categories.items():
        for hold in category.holds:
            if hold not in profile.holds:
                there = ", ".join(profile.holds) or "none is described"
                yield f"categories.{key}.holds: {hold!r} is no hold of this profile; there are: {there}"


def _countries(profile: Profile) -> Iterator[str]:
    named = {f"recipients[{n}].country": r.country for n, r in enumerate(profile.recipients)}
    named |= {f"transfers[{n}].to": transfer.to for n, transfer in enumerate(profile.transfers)}
    for key, category in profile.categories.items():
        for number, recipient in enumerate(category.recipients):
            named[f"categories.{key}.recipients[{number}].country"] = recipient.country
    for field, country in named.items():
        if country is not None and not _is_country(country):
            yield f"{field}: {country!r} cannot be used; allowed: an ISO 3166-1 code in capitals, such as US"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_country(code: str) -> bool:
    try:
        Place(code, None, "UTC")
    except ClockError as error:
        return error.field != "country"  # of Great Britain it would have the nation too
    return True
