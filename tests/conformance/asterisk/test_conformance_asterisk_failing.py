"""What goes wrong with a call store, and what is said of it."""

import pytest

from dsar.contract import (
    ConnectorError,
    Erase,
    Ref,
    Refused,
    Unreachable,
)
from dsar.demo.callstore import ANNA, BERTTA, remains

from .store import ONE, append, everything, exported, opened, phone, records


async def test_a_missing_file_is_unreachable_by_the_name_of_its_setting(store):
    for name in ("master_csv", "accounts_csv_dir", "sqlite", "recordings_dir"):
        async with opened(store, **{name: str(store.folder / "gone")}) as session:
            with pytest.raises(Unreachable, match=name):
                await session.probe()


async def test_a_log_beside_the_account_copies_must_be_set_too(store):
    async with opened(store, master_csv=None) as session:
        with pytest.raises(Refused, match="set master_csv too"):
            await session.probe()


async def test_a_database_without_the_configured_table_or_column_is_refused(store):
    for change in ({"sqlite_table": "calls"}, {"sqlite_columns": {"linkedid": "linked"}}):
        async with opened(store, **change) as session:
            with pytest.raises(Refused, match="sqlite_columns"):
                await session.probe()
            with pytest.raises(Refused, match="sqlite_columns"):
                await exported(session, ANNA, ONE)


async def test_a_torn_row_that_may_be_the_callers_is_refused_by_line(session, store):
    line = store.master_csv.read_bytes().count(b"\n") + 1
    append(store.master_csv, f'"tenant-1","{ANNA.phone}","04570\n')
    for act in (
        exported(session, ANNA, ONE),
        everything(session.find([phone(BERTTA)], ONE)),
        session.carry_out(phone(ANNA), ONE, Erase(), "key"),
    ):
        with pytest.raises(Refused, match=f"master_csv: Master.csv line {line} cannot be read") as caught:
            await act
        assert "401234567" not in str(caught.value)
    assert remains(store, ANNA.phone, "tenant-1")["master_csv"]


async def test_a_broken_row_that_shows_other_numbers_is_passed_over(session, store):
    append(store.master_csv, '"tenant-1","0457000044","0457000091","inbound","""X"" <0457000044>","SIP/1"\n')
    assert records(await exported(session, BERTTA, ONE))
    with pytest.raises(Refused, match="cannot be read"):
        await everything(session.find([Ref("phone", "+358457000044")], ONE))


async def test_no_error_and_no_log_line_holds_a_number_or_a_name(store, caplog):
    caplog.set_level(0)
    append(store.master_csv, f'"tenant-1","{ANNA.phone}","x"\n')
    texts = []
    changes = [
        {},
        {"sqlite": __file__},
        {"master_csv": "/gone"},
        {"recordings_dir": __file__},
        {"sqlite": "/gone"},
    ]
    for change in changes:
        async with opened(store, **change) as session:
            for act in (
                exported(session, ANNA, ONE),
                everything(session.tenants([phone(ANNA)])),
                session.carry_out(phone(ANNA), ONE, Erase(), "key"),
                session.carry_out(Ref("phone", "0401234567"), ONE, Erase(), "key"),
            ):
                with pytest.raises(ConnectorError) as caught:
                    await act
                texts += [str(caught.value), repr(caught.value)]
    texts += [record.getMessage() for record in caplog.records]
    assert not [text for text in texts if "401234567" in text or "Testi" in text]
