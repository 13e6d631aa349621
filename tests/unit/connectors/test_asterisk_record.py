"""Times, other people's fields and settings."""

from datetime import UTC, datetime

import msgspec
import pytest

from dsar.contract import Origin, Refused
from dsar_asterisk import AsteriskSettings, CelColumns, SqliteColumns
from dsar_asterisk.calls import joined
from dsar_asterisk.cdr import Leg
from dsar_asterisk.cel import FIELDS, Event
from dsar_asterisk.cel_record import events_record
from dsar_asterisk.numbers import phone
from dsar_asterisk.record import call_record
from dsar_asterisk.settings import check
from dsar_asterisk.times import Clock

ANNA = phone("+358401234567", "FI")
ORIGIN = Origin("calls", "1792888200.1", datetime(2026, 11, 22, tzinfo=UTC))
BASE = Leg(accountcode="t", start="2026-10-25 03:30:00", duration="60", billsec="50", uniqueid="1792888200.1")


def leg(**changes):
    return msgspec.structs.replace(BASE, **changes)


def others(*legs):
    (call,) = joined(legs)
    return set(call_record(call, ANNA, (), Clock("UTC"), ORIGIN).others)


@pytest.mark.parametrize(("epoch", "offset"), [(1792888200, "+03:00"), (1792891800, "+02:00")])
def test_the_hour_that_comes_twice_is_told_by_the_channels_id(epoch, offset):
    assert Clock("Europe/Helsinki").start(leg(uniqueid=f"{epoch}.1")) == f"2026-10-25T03:30:00{offset}"


def test_a_call_that_nobody_answered_has_no_time_of_answer():
    assert Clock("UTC").answer(leg()) is None


def test_on_a_call_that_the_person_placed_nothing_is_anothers():
    assert others(leg(src="0401234567", clid='"Anna" <0401234567>', dst="0457000091")) == set()


def test_where_a_call_went_after_the_person_had_dialled_is_anothers():
    """A ring group rings a colleague's own mobile; both legs bear the person's number as the caller's."""
    rung = "Local/0501112222@out&SIP/101,30"
    mine = leg(src="0401234567", dst="0457000091", linkedid=BASE.uniqueid, lastdata=rung)
    local = leg(
        src="0401234567",
        dst="0501112222",
        channel="Local/0501112222@out-0;2",
        uniqueid="1792888201.3",
        linkedid=BASE.uniqueid,
    )
    transferred = leg(src="0401234567", dst="0503334444", start="2026-10-25 03:31:00", linkedid=BASE.uniqueid)
    assert others(mine, transferred, local) == {
        "/legs/0/lastdata",
        "/legs/1/dst",
        "/legs/2/dst",
        "/legs/2/channel",
    }


def test_where_a_call_went_is_anothers_in_the_event_log_too():
    def happened(number, **changes):
        known = {"eventtype": "CHAN_START", "cidnum": "0401234567", "linkedid": BASE.uniqueid}
        return Event(
            eventtime=f"179288820{number}", uniqueid=f"179288820{number}.{number}", **known | changes
        )

    (call,) = joined(
        [
            happened(0, exten="0457000091", ciddnid="0457000091", appdata="Local/0501112222@out,30"),
            happened(1, exten="0501112222", channame="Local/0501112222@out-0;2"),
        ]
    )
    assert set(events_record(call, ANNA, Clock("UTC"), ORIGIN).others) == {
        "/events/0/appdata", "/events/1/exten", "/events/1/channame",
    }  # fmt: skip


def test_on_a_call_that_was_passed_on_to_the_person_the_caller_is_another():
    found = others(
        leg(src="0457000044", clid='"B" <0457000044>', dst="0401234567", channel="SIP/0457000044-1")
    )
    assert found == {"/caller", "/caller_name", "/legs/0/src", "/legs/0/clid", "/legs/0/channel"}


def test_a_leg_that_does_not_name_the_person_is_anothers_at_both_ends():
    passed_on = leg(
        uniqueid="1792888260.2",
        linkedid=BASE.uniqueid,
        start="2026-10-25 03:31:00",
        src="0457000091",
        clid='"C" <0457000091>',
        dst="0457000044",
        lastdata="SIP/0457000044,30",
    )
    found = others(leg(linkedid=BASE.uniqueid, src="0401234567", dst="0457000091"), passed_on)
    assert {pointer for pointer in found if pointer.endswith(("/src", "/dst", "/clid", "/lastdata"))} == {
        "/legs/1/src",
        "/legs/1/dst",
        "/legs/1/clid",
        "/legs/1/lastdata",
    }


def test_a_strangers_name_beside_the_persons_number_is_anothers():
    assert others(leg(src="0401234567", clid='"B" <0457000044>', dst="0457000091")) == {
        "/caller_name",
        "/legs/0/clid",
    }


def test_every_pointer_leads_to_a_field():
    (call,) = joined([leg(src="anonymous", clid='"B" <0457000044>', dst="0401234567")])
    record = call_record(call, ANNA, (), Clock("UTC"), ORIGIN)
    assert "/caller" in record.others
    for pointer in record.others:
        node = record.data
        for step in pointer.split("/")[1:]:
            node = node[int(step) if isinstance(node, list) else step]
        assert node


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (AsteriskSettings(), "master_csv"),
        (AsteriskSettings(sqlite="a", sqlite_table='cdr"; --'), "sqlite_table"),
        (AsteriskSettings(sqlite="a", sqlite_columns=SqliteColumns(src="a b")), "sqlite_columns.src"),
        (AsteriskSettings(sqlite="a", region="Finland"), "region"),
        (AsteriskSettings(sqlite="a", timezone="Helsinki"), "timezone"),
        (AsteriskSettings(sqlite="a", timezone="../etc"), "timezone"),
        (AsteriskSettings(sqlite="a", operator_account_codes=("",)), "operator_account_codes"),
        (AsteriskSettings(sqlite="a", mark_every_calls=0), "mark_every_calls"),
        (AsteriskSettings(sqlite="a", cel_sqlite_table="a b"), "cel_sqlite_table"),
        (
            AsteriskSettings(sqlite="a", cel_sqlite_columns=CelColumns(exten="a b")),
            "cel_sqlite_columns.exten",
        ),
        (
            AsteriskSettings(sqlite="a", cel_csv_fields=("eventtype", "uniqueid")),
            "cel_csv_fields lacks accountcode",
        ),
        (
            AsteriskSettings(sqlite="a", cel_csv_fields=(*FIELDS, "exten")),
            "cel_csv_fields names a variable twice",
        ),
        *(
            (AsteriskSettings(sqlite="a", ari_url=url, ari_user="u", ari_password="p"), "ari_url")
            for url in (
                "http://pbx.example.com/ari",
                "https://u:p@pbx.example.com/ari",
                "ftp://127.0.0.1/ari",
                "ari",
            )
        ),
        (AsteriskSettings(sqlite="a", ari_url="https://pbx.example.com/ari"), "ari_user and ari_password"),
        (
            AsteriskSettings(
                sqlite="a",
                ari_url="https://pbx.example.com/ari",
                ari_user="u",
                ari_password="p",
                ari_recording_name="all",
            ),
            "ari_recording_name",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(settings, named):
    with pytest.raises(Refused, match=named):
        check(settings)


def test_an_unknown_setting_is_not_taken_in_silence():
    with pytest.raises(msgspec.ValidationError, match="master"):
        msgspec.convert({"master": "x"}, AsteriskSettings)


def test_the_password_shows_in_no_traceback():
    assert "secret" not in repr(AsteriskSettings(sqlite="a", ari_password="secret"))
