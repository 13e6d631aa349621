"""After a restored backup: what fails, and what is left for a person, is told, and stops nothing else."""

from copy import deepcopy
from datetime import timedelta

import msgspec
import structlog
from stage_backup import Backup, again, crm, erased, reasons
from stage_double import Row
from stage_office import EMAIL
from test_stage_erasure import approved

from dsar.contract import OrderKind, Refused, Throttled, Unauthorised, Unreachable
from dsar.fanout.repeating import Reason
from dsar.store import health, systems

__all__ = ["again", "crm", "erased"]


async def test_what_the_system_leaves_is_a_persons_and_the_next_run_says_so_again(office, crm, erased, again):
    backup, case = erased
    backup.restore()
    crm.leaves.add("r2")
    for _ in range(2):
        report = (await again(backup))["crm"]
        assert (reasons(report), report.well) == ([Reason.LEFT], False)
    assert (await office.events(case.id))[-1].data["unexpected"] == 1


async def test_what_the_system_refuses_is_a_persons_and_the_others_go_on(office, crm, again):
    crm.person("o", ("email", "other@example.com")).add(Row("o", "o1"))
    backup = Backup(office, crm)
    await approved(office)
    other = await office.asked_and_proven("erasure", email="other@example.com")
    await approved(office, other)
    backup.restore()
    crm.faults["carry_out"].append(Refused("not this one"))
    report = (await again(backup))["crm"]
    assert (reasons(report), report.again, len(crm.ids())) == ([Reason.REFUSED], 1, 2)
    assert (await again(backup))["crm"].again == 1
    assert crm.ids() == []


async def test_a_vendor_that_still_works_is_asked_again_with_the_same_order(office, crm, erased, again):
    backup, _ = erased
    backup.restore()
    crm.ask_again.extend(
        [None, office.clock.at + timedelta(hours=1)]
    )  # of the marketing stop, of the erasure
    report = (await again(backup))["crm"]
    assert reasons(report) == [Reason.UNDER_WAY]
    crm.rows.append(Row("a", "slow"))  # the vendor has not come to it yet
    sent = crm.orders[-1]
    crm.rows.pop()
    assert (await again(backup))["crm"].well
    assert crm.orders.count(sent) == 1


async def test_a_run_that_was_interrupted_goes_on_under_the_same_keys(office, crm, again):
    crm.person("o", ("email", "other@example.com")).add(Row("o", "o1"))
    backup = Backup(office, crm)
    await approved(office)
    await approved(office, await office.asked_and_proven("erasure", email="other@example.com"))
    backup.restore()
    crm.faults["carry_out"].extend([None, None, None, Unreachable("it went away")])
    report = (await again(backup))["crm"]
    assert (report.problem, report.again) == ("Unreachable: it went away", 1)
    report = (await again(backup))["crm"]
    assert (report.problem, report.again, crm.ids()) == (None, 0, [])
    assert len({key for kind, key in crm.orders if kind == "Erase"}) == 2


async def test_a_limit_of_calls_is_waited_for_and_one_of_hours_is_told(office, crm, erased, again):
    backup, _ = erased
    backup.restore()
    crm.faults["find"].append(Throttled("slow down", until=office.clock.at))
    crm.faults["everyone"].append(Throttled("slow down", until=office.clock.at))
    assert (await again(backup))["crm"].again == 1
    backup.restore()
    crm.faults["everyone"].append(Throttled("tomorrow", until=office.clock.at + timedelta(hours=9)))
    assert (await again(backup))["crm"].problem == "Throttled: tomorrow"


async def test_the_list_is_looked_up_batch_by_batch(office, crm, erased, again, monkeypatch):
    monkeypatch.setattr("dsar.fanout.listing.BATCH", 3)
    monkeypatch.setattr("dsar.fanout.erasing_again.LISTED_TOLD_EVERY", 6)
    monkeypatch.setattr("dsar.fanout.erasing_again.ERASED_TOLD_EVERY", 1)
    backup, _ = erased
    for number in range(7):
        crm.person(f"x{number}", ("email", f"x{number}@example.com")).add(Row(f"x{number}", f"x{number}"))
    backup.rows = deepcopy(crm.rows) + backup.rows
    backup.restore()
    report = (await again(backup))["crm"]
    assert (report.looked_through, report.again, len(crm.ids())) == (8, 1, 7)
    assert again.told == ["crm: 6 looked through", "crm: 1 of 1 dealt with"]


async def test_a_system_that_fails_stops_none_of_the_others(office, crm, again):
    shop = await office.system("shop")
    shop.person("s", ("email", EMAIL)).add(Row("s", "s1"))
    backup, other = Backup(office, crm), Backup(office, shop)
    await approved(office)
    backup.restore(), other.restore()
    crm.faults["everyone"].append(Unauthorised("the key is not good"))
    reports = await again(backup)
    assert reports["crm"].problem == "Unauthorised: the key is not good"
    assert (reports["shop"].again, shop.ids()) == (1, [])
    async with office.db.read() as connection:
        assert (await systems.one(connection, "crm")).paused_reason is not None


async def test_a_connectors_own_mistake_is_told_without_its_text(office, crm, erased, again):
    backup, _ = erased
    backup.restore()
    crm.faults["everyone"].append(KeyError(EMAIL))
    with structlog.testing.capture_logs() as logs:
        report = (await again(backup))["crm"]
    assert "KeyError" in report.problem
    assert EMAIL not in report.problem + str(logs)


async def test_a_system_that_cannot_list_whom_it_holds_is_named_with_how_many(office, crm, erased, again):
    backup, _ = erased
    office.connector.manifest = msgspec.structs.replace(office.connector.manifest, lists_everyone=False)
    report = (await again(backup))["crm"]
    assert (report.remembered, report.by_hand, report.well) == (1, [erased[1].id], False)
    assert "by hand" in report.problem


async def test_a_system_that_takes_no_order_or_was_taken_out_is_named(office, crm, erased, again):
    backup, _ = erased
    await office.system("crm", orders=(OrderKind.SUPPRESS,))
    assert "takes no order to erase" in (await again(backup))["crm"].problem
    async with office.db.write() as tx:
        await health.take_out(tx, "crm", "staff:test", office.clock())
    report = (await again(backup))["crm"]
    assert (report.remembered, report.well) == (1, False)
    assert "not among the systems" in report.problem


async def test_one_system_alone_is_looked_through_where_it_is_named(office, crm, again):
    shop = await office.system("shop")
    shop.person("s", ("email", EMAIL)).add(Row("s", "s1"))
    backup, other = Backup(office, crm), Backup(office, shop)
    await approved(office)
    backup.restore(), other.restore()
    assert set(await again(backup, system_key="shop")) == {"shop"}
    assert (shop.ids(), crm.ids()) == ([], ["r1", "r2"])
