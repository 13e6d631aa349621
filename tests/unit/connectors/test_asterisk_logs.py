"""Reading rows of the channel event log and of the queue log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar_asterisk.calls import Owner, joined
from dsar_asterisk.cdr import parse
from dsar_asterisk.cel import FIELDS, Reader
from dsar_asterisk.queued import read
from dsar_asterisk.recording import uniqueid_of
from dsar_asterisk.traces import MalformedRowError

READ = Reader()
VALUES = dict.fromkeys(FIELDS, "") | {
    "eventtype": "CHAN_START",
    "eventtime": "1795304430.25",
    "cidnum": "+358401234567",
    "accountcode": "t",
    "uniqueid": "1795304430.1",
    "linkedid": "1795304430.0",
}


def line(**changes):
    return ",".join(f'"{value}"' for value in (VALUES | changes).values())


def test_an_event_is_read_by_the_order_of_its_fields():
    event = READ(line(), "cel_csv")
    assert (event.eventtype, event.uniqueid, event.linkedid) == ("CHAN_START", "1795304430.1", "1795304430.0")
    assert "401234567" not in repr(event)
    turned = Reader(FIELDS[::-1])
    assert turned(",".join(reversed(line().split(","))), "cel_csv") == event


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"uniqueid": ""}, "no uniqueid"),
        ({"linkedid": "../1"}, "linkedid"),
        ({"eventtype": ""}, "eventtype"),
        ({"eventtime": "soon"}, "eventtime"),
        ({"eventtime": "1e300"}, "eventtime"),
        ({"eventtime": "nan"}, "eventtime"),
    ],
)
def test_what_is_no_event_is_told_without_its_content(changes, why):
    with pytest.raises(MalformedRowError, match=why) as caught:
        READ(line(**changes), "")
    assert "401234567" not in str(caught.value)


@given(st.text(max_size=200))
def test_whatever_stands_in_a_row_is_read_or_told(text):
    for reading in (READ, read, parse):
        try:
            found = reading(text, "setting")
        except MalformedRowError:
            continue
        assert found is None or found.found_in == ("setting",)


def test_a_queue_row_states_a_number_only_where_asterisk_writes_one():
    assert read("1|1.1|q|NONE|ENTERQUEUE||0401234567|1", "").numbers == ("0401234567",)
    assert read("1|1.1|q|A|CONNECT|41|1.2|4", "").numbers == ()
    assert read("1|1.1|q|NONE|ENTERQUEUE|", "").numbers == ()
    assert read("1|NONE|q|A|PAUSE|", "") is None


@pytest.mark.parametrize("text", ["1|1.1|q|A", "soon|1.1|q|A|CONNECT", "99999999999|1.1|q|A|CONNECT", ""])
def test_what_is_no_queue_row_is_told(text):
    with pytest.raises(MalformedRowError):
        read(text, "")


def test_a_queue_row_alone_is_nobodys_but_the_operators():
    (call,) = joined([read("1|1.1|q|NONE|ENTERQUEUE||0401234567|1", "")])
    assert call.part(Owner(frozenset({"t"}))) is None
    assert call.part(Owner(frozenset(), unclaimed=True)) == call


def test_a_queue_row_on_another_customers_channel_is_that_customers():
    event = READ(line(), "")
    other = READ(line(uniqueid="1795304430.2", accountcode="u"), "")
    row = read("1795304431|1795304430.2|q|NONE|ENTERQUEUE||0401234567|1", "")
    (call,) = joined([event, other, row])
    assert call.part(Owner(frozenset({"t"}))).queued == ()
    assert call.part(Owner(frozenset({"u"}))).queued == (row,)


@pytest.mark.parametrize("name", ["call-1.1", "call-1.1-rx", "call-1.1-tx"])
def test_a_recordings_name_says_which_channel(name):
    assert uniqueid_of(name, "call-{uniqueid}") == "1.1"
