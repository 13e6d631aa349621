"""A PostHog project for the kit: real HTTP with a memory, held to the vendor's contract where there is one."""

from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime

from support.impatience import Clients

from dsar.conformance import Fault, Person
from dsar.contract import Ref
from dsar.demo.posthog import PostHogDouble
from dsar.demo.posthog_double import mischief
from dsar_posthog import connector
from dsar_posthog.settings import PostHogSettings

from .project import CONTRACT, KEY, OURS, PETRA, clicks

DECOY = "petra.prospekti@example.org"
NAME = "Petra Prospekti"
_OFTEN = 1_000
_MISCHIEF = {
    Fault.UNAUTHORISED: mischief.status(401),
    Fault.THROTTLED: mischief.status(429, retry_after="7"),
    Fault.BROKEN: mischief.status(500),
    Fault.SILENT: mischief.silence(30.0),
    Fault.GARBAGE: mischief.garbage(),
    Fault.CUT_OFF: mischief.cut_off(),
}


class ProjectCounterpart:
    """Petra came on two devices; her namesake's address differs in its last letters."""

    connector = connector
    other_tenant = None  # the operator's own analytics know no customers
    faults = frozenset(Fault)
    nobody = (Ref("email", "nobody@example.com"),)

    def __init__(self, double):
        self._double = double
        self._clients = Clients()
        self.settings = PostHogSettings(
            host=double.url, project_id="17", api_key=KEY, event_page_size=10, deletion_poll_seconds=1
        )
        self.known = self._person(PETRA, "laptop", "phone")
        self.decoy = self._person(DECOY, "laptop")

    def _person(self, email, *devices):
        uuids = [
            self._double.add_person(email, {"name": NAME}, clicks(25), distinct_id=f"{device} {email}")
            for device in devices
        ]
        events = {("events", str(each.uuid)) for each in self._double.events_of(uuids)}
        items = events | {("persons", uuid) for uuid in uuids}
        return Person((Ref("email", email),), OURS, frozenset(items), (email, NAME))

    def client(self):
        return self._clients.new()

    async def held(self, person):
        return self._double.remaining(person.refs[0].value)

    @asynccontextmanager
    async def misbehave(self, fault):
        self._double.misbehave(_MISCHIEF[fault], times=_OFTEN)
        with self._clients.unanswered() if fault is Fault.SILENT else nullcontext():
            yield
        self._double.behave()

    async def until(self, moment):
        self._double.forward(moment - datetime.now(UTC))


@asynccontextmanager
async def project():
    """A fresh one, whose requests and answers were all found to keep to the contract."""
    double = PostHogDouble(project_id="17", api_key=KEY, deletion_seconds=0.4, contract=CONTRACT)
    double.url = await double.start()
    yield ProjectCounterpart(double)
    await double.stop()
    assert double.violations == []
