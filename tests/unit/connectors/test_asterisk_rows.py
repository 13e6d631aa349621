"""Reading cdr_csv's rows."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar_asterisk.calls import joined
from dsar_asterisk.cdr import SHAPE, parse
from dsar_asterisk.rows import blocks, rows
from dsar_asterisk.traces import MalformedRowError
from dsar_asterisk.wanted import by_uniqueids, keys

HEAD = '"t","+358401234567","0457000091","in","""Anna ""A"" Testi"" <+358401234567>","SIP/a-1","","Dial",'
TAIL = '"","2026-11-21 23:40:30","","2026-11-21 23:40:34",4,0,"NO ANSWER","DOCUMENTATION","1795304430.1"'
SOUND = HEAD + TAIL


@given(st.binary(max_size=4_000))
def test_rows_put_together_are_the_file_again(raw):
    assert b"".join(row.raw for row in rows(io.BytesIO(raw))) == raw


@given(
    st.lists(
        st.one_of(
            st.just(f"{SOUND}\n".encode()),
            st.just(b'"t","+35840\n'),
            st.just(SOUND.replace("Anna", "An\nna").encode() + b"\r\n"),
            st.just(b"\n"),
            st.binary(max_size=40),
        ),
        max_size=60,
    ),
    st.sampled_from([64, 500, 5_000]),
)
def test_blocks_are_the_file_again_and_their_rows_the_files_rows(lines, size):
    raw = b"".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dsar_asterisk.rows._BLOCK_BYTES", size)
        read = list(blocks(io.BytesIO(raw), SHAPE, lambda _: True))
        blind = list(blocks(io.BytesIO(raw), SHAPE, lambda _: False))
    assert b"".join(block.raw for block in read) == raw == b"".join(block.raw for block in blind)
    assert [row for block in read for row in block.rows] == list(rows(io.BytesIO(raw)))
    passed_over = [block for block in blind if not block.rows]
    # Asterisk ends its rows with a line feed: a lone carriage return is part of one.
    assert all(
        SHAPE.is_sound(line) for block in passed_over for line in block.raw.removesuffix(b"\n").split(b"\n")
    )


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40), max_size=20))
def test_a_field_may_hold_anything_that_is_quoted(texts):
    lines = [
        f'{HEAD}{TAIL},"{text.replace(chr(34), 2 * chr(34))}"\n' for text in texts if text.count("\n") < 7
    ]
    read = list(rows(io.BytesIO("".join(lines).encode())))
    assert [row.raw.decode() for row in read] == lines
    assert [parse(row.text, "").userfield for row in read] == [text for text in texts if text.count("\n") < 7]


def test_a_row_whose_quotes_never_close_ends_with_its_line():
    torn = b'"t","+35840\n'
    read = list(rows(io.BytesIO(torn + (SOUND + "\n").encode() * 12)))
    assert [row.line for row in read] == list(range(1, 14))
    assert read[0].raw == torn


@pytest.mark.parametrize(
    "extra", ["", ',"note"', ',"peer","1795304430.0",7', ',"note","peer","1795304430.0",7']
)
def test_every_form_that_asterisk_writes_is_read(extra):
    leg = parse(SOUND + extra, "master_csv")
    assert leg.uniqueid == "1795304430.1"
    assert leg.userfield == ("note" if "note" in extra else "")
    assert leg.linkedid == ("1795304430.0" if "peer" in extra else "")
    assert leg.clid == '"Anna "A" Testi" <+358401234567>'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (HEAD, "fields"),
        (SOUND.replace('"1795304430.1"', '""'), "uniqueid"),
        (SOUND.replace('"1795304430.1"', '"../1.1"'), "uniqueid"),
        (SOUND.replace("2026-11-21 23:40:30", "2026-13-41 23:40:30"), "start"),
        (SOUND.replace("2026-11-21 23:40:34", "yesterday"), "end"),
        (SOUND.replace(",4,0,", ",four,0,"), "duration"),
        (SOUND + '"', "quotes"),
    ],
)
def test_what_is_no_cdr_is_told_without_its_content(line, why):
    with pytest.raises(MalformedRowError, match=why) as caught:
        parse(line, "")
    assert "401234567" not in str(caught.value)


def test_latin_1_names_are_read_and_bytes_kept():
    raw = SOUND.replace("Testi", "Töölö").encode("latin-1")
    (row,) = rows(io.BytesIO(raw))
    assert "Töölö" in parse(row.text, "").clid
    assert row.raw == raw


def test_a_row_is_looked_for_by_its_whole_id():
    wanted = by_uniqueids(["1795304430.1"])
    assert wanted.may_be_in(SOUND.encode())
    assert not wanted.may_be_in(SOUND.replace("1795304430.1", "1795304430.10").encode())


def leg(uniqueid, channel, start="2026-11-21 23:40:30"):
    return parse(
        SOUND.replace("1795304430.1", uniqueid)
        .replace("SIP/a-1", channel)
        .replace("2026-11-21 23:40:30", start),
        "master_csv",
    )


def test_halves_of_a_local_channel_that_begin_together_are_one_call():
    two = leg("1.1", "Local/9@in-0;2"), leg("1.0", "Local/9@in-0;1", "2026-11-21 23:40:31")
    (call,) = joined(two)
    assert call.uniqueids == ("1.0", "1.1")
    assert keys(two[:1]).takes(two[1])


def test_a_channels_name_used_again_later_is_another_call():
    two = leg("1.1", "Local/9@in-0;2"), leg("2.0", "Local/9@in-0;1", "2026-11-22 08:00:00")
    assert len(joined(two)) == 2
    assert not keys(two[:1]).takes(two[1])


def test_rows_of_one_channel_that_differ_are_legs_of_one_call_and_equal_ones_one_leg():
    first, second = leg("1.1", "SIP/a-1"), leg("1.1", "SIP/a-1", "2026-11-21 23:41:00")
    (call,) = joined([first, second, first])
    assert len(call.legs) == 2
