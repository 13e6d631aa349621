"""Who gets the data and where it goes: by name, to named countries, on a ground that still stands."""

from collections.abc import Iterator, Sequence

from dsar.contract import Role
from dsar.domain.clock import Regime
from dsar.domain.profile.category import Recipient, Safeguard
from dsar.domain.profile.finding import Finding, contradiction, gap, note
from dsar.domain.profile.model import Profile
from dsar.domain.profile.words import said

# As `domain.clock` has them for the GDPR's month; a test holds the two together.
EEA = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE"),
        *("IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)


def recipients(profile: Profile) -> Iterator[Finding]:
    """Recipients, the profile's own and each category's, and the transfers."""
    for field, group in _groups(profile):
        yield from _unnamed(field, group)
        for number, recipient in enumerate(group):
            yield from _abroad(f"{field}[{number}]", recipient, profile)
    yield from _untold(profile)
    yield from _transfers(profile)


def _groups(profile: Profile) -> Iterator[tuple[str, Sequence[Recipient]]]:
    yield "recipients", profile.recipients
    for key, category in profile.categories.items():
        yield f"categories.{key}.recipients", category.recipients


def _unnamed(field: str, group: Sequence[Recipient]) -> Iterator[Finding]:
    kinds = [one for one in group if one.name is None]
    if not kinds:
        return
    listed = [said(one.listed, "en") for one in kinds if one.listed is not None]
    # Where nobody is named, here or elsewhere, the policy itself stands against C-154/21.
    found = contradiction if len(kinds) == len(group) and not listed and field == "recipients" else gap
    elsewhere = f" (names stand elsewhere: {'; '.join(listed)})" if listed else ""
    shown = "; ".join(said(one.what, "en") if one.what is not None else "nothing at all" for one in kinds)
    yield found(
        field,
        f"names {len(group) - len(kinds)} of {len(group)}; of the others it gives the kind alone: {shown}{elsewhere}",
        "GDPR 15(1)(c), C-154/21",
        "Name each, before the first answer has to.",
    )


def _untold(profile: Profile) -> Iterator[Finding]:
    # Of what is processed for a customer, the customer tells its recipients.
    own = [category for category in profile.categories.values() if category.role is Role.CONTROLLER]
    group = [one for category in own for one in profile.recipients_of(category)]
    untold = dict.fromkeys(one.name for one in group if one.name is not None and not one.told)
    if untold:
        yield note(
            "recipients",
            f"unless their systems are connected, nobody tells these of an erasure: {', '.join(untold)}",
            "GDPR 19",
            "Connect them, or set told = true to have a person see to it.",
        )


def _abroad(field: str, recipient: Recipient, profile: Profile) -> Iterator[Finding]:
    if recipient.safeguard is Safeguard.PRIVACY_SHIELD:
        yield _void(f"{field}.safeguard")
    country = recipient.country
    if country is None or country in EEA or recipient.safeguard is not None:
        return
    if not any(transfer.to in {None, country} for transfer in profile.transfers):
        yield gap(
            f"{field}.safeguard",
            f"is unset for {country}, outside the EEA, and no transfer covers it",
            "GDPR 44, 46",
            "Name the ground of the transfer.",
        )


def _transfers(profile: Profile) -> Iterator[Finding]:
    british = Regime.UK_GDPR in {profile.regime, *(one.regime for one in profile.residents.values())}
    for number, transfer in enumerate(profile.transfers):
        field = f"transfers[{number}].safeguard"
        if transfer.safeguard is Safeguard.PRIVACY_SHIELD:
            yield _void(field)
        if transfer.safeguard is Safeguard.IDTA and not british:
            yield contradiction(
                field,
                "is the United Kingdom's agreement, and nobody here is under its law",
                "GDPR 46(2)",
                "Name the ground by which data leaves the EEA.",
            )
    yield from _whither(profile)


def _whither(profile: Profile) -> Iterator[Finding]:
    nowhere = sum(transfer.to is None for transfer in profile.transfers)
    if nowhere:
        yield gap(
            "transfers",
            f"to which country is not said of {nowhere} of {len(profile.transfers)}",
            "GDPR 13(1)(f), 30(1)(e)",
            "Name each country, and who is there.",
        )
    if not profile.transfers and any(one.country is None for _, group in _groups(profile) for one in group):
        yield note(
            "transfers",
            "is unset, and of some recipients the country is: whether data leaves the EEA is not said",
            "GDPR 13(1)(f)",
            "Give the countries of the recipients, or the ground of the transfers.",
        )


def _void(field: str) -> Finding:
    return contradiction(
        field,
        "is the Privacy Shield, which the Court of Justice declared void on 16 July 2020",
        "GDPR 45, 46, C-311/18",
        "Name a ground that stands: the Data Privacy Framework for certified recipients, or standard clauses.",
    )
