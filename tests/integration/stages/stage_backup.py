"""A system restored from a backup, and `dsar erase-again` on the clock that the test turns."""

from copy import deepcopy

import pytest
from stage_double import Row
from stage_office import EMAIL
from test_stage_erasure import approved

from dsar.domain.case import State
from dsar.fanout import ErasingAgain
from dsar.fanout.erasing_again import Wanted


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    return system.person("a", ("email", EMAIL)).add(Row("a", "r1"), Row("a", "r2"))


class Backup:
    """What a system held at a moment; restored, its list of those who want no marketing is that of the time too."""

    def __init__(self, office, system):
        self.office, self.system, self.at = office, system, office.clock()
        self.rows, self.suppressed = deepcopy(system.rows), set(system.suppressed)
        office.clock.turn(minutes=1)

    def restore(self):
        self.office.clock.turn(minutes=1)
        self.system.rows[:] = deepcopy(self.rows)
        self.system.suppressed = set(self.suppressed)
        self.system.orders.clear()


@pytest.fixture
def again(office):
    async def run(backup, **more):
        service = office.service
        doing = ErasingAgain(
            service.db, service.vault, service.profile, service.systems, office.clock, told.append
        )
        since = backup.at if isinstance(backup, Backup) else backup
        reports = {report.system_key: report for report in await doing.run(Wanted(since=since, **more))}
        office.clock.turn(minutes=1)
        return reports

    told = run.told = []
    return run


@pytest.fixture
async def erased(office, crm):
    """A case whose answer was given and whose key is destroyed, and the backup from before it."""
    backup = Backup(office, crm)
    case = await approved(office)
    office.clock.turn(days=40)
    await office.work()
    case = await office.one(case.id)
    assert (case.state, case.wrapped_key) == (State.CLOSED, None)
    return backup, case


def reasons(report):
    return [task.reason for task in report.tasks]
