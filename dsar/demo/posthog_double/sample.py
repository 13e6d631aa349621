"""Fictitious people for the demo: three with a part to play, their decoys, and a crowd."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

PETRA_EVENTS = 437
CROWD = 200
SINCE = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)

PAGES = ("/", "/pricing", "/voice-ai", "/docs/call-flows", "/contact", "/blog/answering-machines")
FIRST = ("Aino", "Eero", "Helmi", "Ilmari", "Kerttu", "Lauri", "Oona", "Pekka", "Saimi", "Väinö")
LAST = ("Aalto", "Halla", "Jokela", "Kivi", "Lumme", "Niemi", "Pihlaja", "Rinne", "Suvi", "Tuuli")


class Addable(Protocol):
    """Where the people go."""

    def add_person(self, email: str, properties: dict[str, Any], events: list[dict[str, Any]]) -> str: ...


def fill(double: Addable) -> None:
    """The same people each time."""
    chance = random.Random(20260302)  # noqa: S311 - sample data
    _add(double, chance, "petra.prospekti@example.com", "Petra Prospekti", PETRA_EVENTS)
    _add(double, chance, "tomi.tilaaja@example.com", "Tomi Tilaaja", 36)
    _add(double, chance, "maija.markkina@example.com", "Maija Markkina", 12)
    for decoy in (
        "petra.prospekti@example.org",
        "xpetra.prospekti@example.com",
        "petra.prospekti@example.com.au",
    ):
        _add(double, chance, decoy, "Petra Prospekti", 9)
    for number in range(CROWD):
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
        _add(double, chance, f"visitor{number:03}@example.net", name, chance.randrange(1, 6))


def events(chance: random.Random, count: int, person: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What one person did. Some events share their moment, as those that a browser sends together do."""
    moment = SINCE + timedelta(minutes=chance.randrange(60 * 24 * 30))
    for _ in range(count):
        moment += timedelta(milliseconds=chance.choice((0, 0, 1_250, 40_000, 5_400_000)))
        page = chance.choice(PAGES)
        properties = {
            "$current_url": f"https://www.example.com{page}",
            "$ip": person["$ip"],
            "$geoip_city_name": person["$geoip_city_name"],
            "$geoip_country_code": person["$geoip_country_code"],
            "$browser": person["$browser"],
        }
        yield {
            "event": chance.choice(("$pageview", "$autocapture")),
            "timestamp": moment,
            "properties": properties,
        }


def _add(double: Addable, chance: random.Random, email: str, name: str, count: int) -> None:
    properties = {
        "name": name,
        "$ip": f"192.0.2.{chance.randrange(1, 255)}",
        "$geoip_city_name": chance.choice(("Helsinki", "Tampere", "Turku")),
        "$geoip_country_code": "FI",
        "$browser": chance.choice(("Firefox", "Safari", "Chrome")),
        "utm_source": chance.choice(("newsletter", "search", "fair")),
    }
    double.add_person(email, properties, list(events(chance, count, properties)))
