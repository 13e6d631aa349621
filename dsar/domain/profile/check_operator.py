"""Who the company is, whom a person turns to, and whether it can be read in each of its languages."""

from collections.abc import Iterator

from dsar.domain.clock import Regime
from dsar.domain.profile.fields import texts_in
from dsar.domain.profile.finding import Finding, contradiction, gap, note
from dsar.domain.profile.model import Profile

_SHOWN = 3
_WITH_AUTHORITY = {Regime.EU_GDPR: "GDPR 13(2)(d)", Regime.UK_GDPR: "UK GDPR 13(2)(d)"}


def operator(profile: Profile) -> Iterator[Finding]:
    """What is unset or assumed of the company itself."""
    yield from _identity(profile)
    yield from _reach(profile)
    yield from _authority(profile)
    yield from _languages(profile)
    for field, assumption in profile.assumed.items():
        yield gap(
            field, f"is assumed: {assumption.why}", assumption.law, "Settle it, and take it off `assumed`."
        )


def _identity(profile: Profile) -> Iterator[Finding]:
    if profile.operator.registered is None:
        yield gap(
            "operator.registered",
            "is unset: nobody can tell which company answers",
            "GDPR 13(1)(a)",
            "Give the registered name, number and office.",
        )
    if profile.operator.country is None:
        yield gap(
            "operator.country",
            "is unset: Saturdays and Sundays alone move a due date, no public holiday does",
            "GDPR 13(1)(a), Reg. 1182/71 Art. 3(4)",
            "Give the ISO 3166 code of the country where the company sits.",
        )
    if not profile.security:
        yield note(
            "security",
            "is unset: the record of processing describes no measures",
            "GDPR 30(1)(g)",
            "Describe them in a few words.",
        )
    if profile.policy is None or profile.policy.version is None:
        yield note(
            "policy.version",
            "is unset: which text these promises come from cannot be shown",
            "GDPR 5(2)",
            "Give the date that the published text bears.",
        )


def _reach(profile: Profile) -> Iterator[Finding]:
    if profile.operator.contact is None:
        yield gap(
            "operator.contact",
            "is unset: letters name no address to write to",
            "GDPR 12(2), 13(1)(a)",
            "Give the e-mail address where requests are taken.",
        )
    if "telephone" in profile.operator.channels and profile.operator.telephone is None:
        yield gap(
            "operator.telephone",
            "is unset although requests are taken by telephone",
            "GDPR 12(2)",
            "Give the number, or take telephone off the channels.",
        )
    if profile.operator.telephone is not None and "telephone" not in profile.operator.channels:
        yield note(
            "operator.channels",
            "leaves telephone out although a number is given: what is asked there counts from that call",
            "EDPB 01/2022 §159",
            "Add telephone to the channels, or take the number out.",
        )


def _authority(profile: Profile) -> Iterator[Finding]:
    for residence in ("", *profile.residents):
        where = profile.jurisdiction(residence)
        law = _WITH_AUTHORITY.get(where.regime)
        if law is not None and where.authority is None:
            yield contradiction(
                f"residents.{residence}.authority" if residence else "operator.authority",
                "is unset: letters name no authority to complain to",
                law,
                "Name the supervisory authority with its address.",
            )


def _languages(profile: Profile) -> Iterator[Finding]:
    if len(profile.operator.languages) < 2:
        return
    texts = list(texts_in(profile))
    for language in profile.operator.languages:
        lacking = [field for field, text in texts if isinstance(text, str) or language not in text]
        if lacking:
            more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
            yield gap(
                "operator.languages",
                f"offers {language}, which {', '.join(lacking[:_SHOWN])}{more} lack",
                "GDPR 12(1)",
                f"Translate them, or take {language} off the languages.",
            )
