"""The template environment: strict, autoescaped, loaded from the files that travel with the service."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

# GDPR 12(1): plain language; a person reads a date, not a time stamp.
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def long_date(day: date) -> str:
    """For example 5 March 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def local_time(at: datetime, zone: str) -> str:
    """For example 5 March 2026, 14:05 (Europe/Helsinki)."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{long_date(local.date())}, {local:%H:%M} ({zone})"


class Templates:
    """Renders a template by its path below `templates/`."""

    def __init__(self, folder: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters |= {"long_date": long_date, "local_time": local_time}

    def render(self, path: str, **facts: Any) -> str:
        """The text; a name that a template lacks is a bug and raises."""
        return self._environment.get_template(path).render(facts)
