"""Whom the double holds: somebody known, a namesake, and nobody else."""

from datetime import datetime
from typing import Any

from double import TOKEN, Double
from dsar.conformance import Fault, Person
from dsar.contract import Ref, Role, Scope

from dsar_sample import connector
from dsar_sample.settings import SampleSettings

OURS = Scope(Role.CONTROLLER)
NAME = "Tuuli Testaaja"
PLAINT = "The line is dead since Monday"


class SampleCounterpart:
    """The double, filled anew for each test."""

    connector = connector
    settings = SampleSettings(url="https://sample.example", token=TOKEN, page_size=2)
    other_tenant = None
    nobody = (Ref("email", "nobody@example.com"),)
    faults = frozenset(Fault)

    def __init__(self) -> None:
        self.double = Double()
        self.known = self._add("tuuli.testaaja@example.com")
        # As alike as two people can be: the same name, and an address that differs by a point.
        self.decoy = self._add("tuulitestaaja@example.com")

    def _add(self, email: str) -> Person:
        tickets = [
            {
                "opened_on": f"2026-03-0{day}",
                "text": PLAINT,
                "agent": "Aino Agentti",
                "summary": "no dialling tone",
            }
            for day in range(1, 6)
        ]
        profile: dict[str, Any] = {"name": NAME, "email": email}
        items = self.double.add(email, ("profile", profile), *(("tickets", ticket) for ticket in tickets))
        return Person((Ref("email", email),), OURS, frozenset(items), (email, NAME, PLAINT))

    def client(self) -> Any:
        return self.double.client()

    async def held(self, person: Person) -> int:
        there = {item["id"] for items in self.double.items.values() for item in items}
        return sum(record_id in there for _, record_id in person.items)

    def misbehave(self, fault: Fault) -> Any:
        return self.double.misbehave(fault)

    async def until(self, moment: datetime) -> None:
        """This one needs no time."""
