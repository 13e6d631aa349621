"""The options of `dsar clock explain`, read into a case. Stricter than a file: it tells of today's case."""

import argparse
from datetime import datetime

from dsar.cli.clock_case import CONTRACT, HOLD, JURISDICTIONS, MODES, OWN_COUNTRY, Case, Entry
from dsar.domain.clock import ClockError, FactType, Kind, Regime, assist_working_days

_KEYS = ("reasons", "new_date")


def add(explain: argparse.ArgumentParser) -> None:
    """The options themselves."""
    explain.add_argument("--jurisdiction", required=True, help=f"one of {', '.join(JURISDICTIONS)}")
    explain.add_argument("--country", help="ISO 3166-1; a law that knows one country needs none")
    explain.add_argument(
        "--subdivision", help="ISO 3166-2 without the country; ENG, NIR, SCT or WLS under UK_GDPR"
    )
    explain.add_argument("--timezone", help="IANA, for example Europe/Helsinki; a hold needs none")
    explain.add_argument(
        "--received-at",
        required=True,
        help="ISO 8601 with its offset; of a hold, the last day of the financial year",
    )
    explain.add_argument(
        "--kind",
        default="dsar_response",
        help=f"one of {', '.join(Kind)}, breach_to_authority, processor_to_customer_breach, processor_assist, {HOLD}",
    )
    explain.add_argument(
        "--event",
        action="append",
        default=[],
        metavar="TYPE@ISO[,key=value]…",
        help=f"what happened since: {', '.join(FactType)}; the keys are {', '.join(_KEYS)}",
    )
    explain.add_argument("--promise", help="30d, 1m, or 1m+2m with an extension; 24h of an hour clock")
    explain.add_argument("--mode", help=f"{' or '.join(MODES)}: what a question does under EU_GDPR")
    explain.add_argument("--object", help="of a hold, for example voucher or ledger")
    explain.add_argument("--hours", type=int, help="of an hour clock, when the contract gives others")
    explain.add_argument(
        "--working-days", type=int, help="of a processor's assistance, as the agreement says"
    )
    explain.add_argument("--json", action="store_true", help="one JSON object, as batch prints it")


def case_of(given: argparse.Namespace, now: datetime) -> Case:
    """The case that the options tell of; `now` bounds its receipt."""
    case = Case(
        jurisdiction=given.jurisdiction,
        received_at=given.received_at,
        kind=given.kind,
        country=given.country,
        subdivision=given.subdivision,
        timezone=given.timezone,
        event_log=tuple(_entry(text) for text in given.event),
        promise=given.promise,
        mode=given.mode,
        object=given.object,
        hours=given.hours,
        working_days=given.working_days,
    )
    _check_country(case)
    if case.duty != HOLD and case.moment > now:
        raise ClockError("received_at", case.received_at, f"not in the future: it is {now:%Y-%m-%dT%H:%MZ}")
    return case


def option(error: ClockError) -> ClockError:
    """The same error, naming the option where it named the case's field."""
    field = error.field.partition("[")[0].partition(".")[0]
    name = "event" if field == "event_log" else field.replace("_", "-")
    return ClockError(f"--{name}", error.value, error.allowed)


def _check_country(case: Case) -> None:
    placed = case.jurisdiction == Regime.EU_GDPR or (
        case.jurisdiction == CONTRACT and assist_working_days(case.duty) is not None
    )
    if placed and not case.country:
        without = ", ".join(OWN_COUNTRY)
        raise ClockError("country", None, f"an ISO 3166-1 code such as FI; only {without} need none")


def _entry(text: str) -> Entry:
    """`extension_notice@2026-03-20T09:00:00+02:00,reasons=complexity`."""
    head, *pairs = text.split(",")
    kind, _, at = head.partition("@")
    extra: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or key not in _KEYS or key in extra or not value.strip():
            raise ClockError("event_log", pair, f"key=value, once each, with the keys {', '.join(_KEYS)}")
        extra[key] = value
    # GDPR 12(3): a notice without its reasons is void, so here it is a mistake
    if kind == FactType.EXTENSION_NOTICE and "reasons" not in extra:
        raise ClockError("event_log", text, "an extension_notice with its reasons: ,reasons=complexity")
    if kind == FactType.DELAY_NOTICE and "new_date" not in extra:
        raise ClockError("event_log", text, "a delay_notice with the date it names: ,new_date=2026-05-15")
    return Entry(kind, at, extra.get("reasons"), extra.get("new_date"))
