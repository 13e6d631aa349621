import os
import subprocess
import sys

import pytest

from dsar.cli import clock
from dsar.cli.main import main

EXPLAIN = [
    "clock",
    "explain",
    "--jurisdiction",
    "EU_GDPR",
    "--country",
    "FI",
    "--timezone",
    "Europe/Helsinki",
]


def test_what_the_user_can_mend_is_one_line_and_ends_with_2(capsys):
    assert main([*EXPLAIN, "--received-at", "yesterday"]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("dsar clock: --received-at: 'yesterday' cannot be used")
    assert said.err.count("\n") == 1


def test_what_nobody_foresaw_keeps_its_trace(monkeypatch):
    def broken(_given):
        raise ZeroDivisionError

    monkeypatch.setattr(clock, "run", broken)

    with pytest.raises(ZeroDivisionError):
        main([*EXPLAIN, "--received-at", "2026-03-02T10:00:00+02:00"])


def test_ctrl_c_ends_with_130(monkeypatch):
    def interrupted(_given):
        raise KeyboardInterrupt

    monkeypatch.setattr(clock, "run", interrupted)

    assert main([*EXPLAIN, "--received-at", "2026-03-02T10:00:00+02:00"]) == 130


@pytest.mark.parametrize("words", [[], ["nope"], ["clock"], ["clock", "explain"], ["up", "--port", "high"]])
def test_a_command_line_that_cannot_be_read_ends_with_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert "usage: dsar" in capsys.readouterr().err


def test_the_words_of_the_process_are_taken_when_none_are_given(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["dsar", *EXPLAIN, "--received-at", "2026-03-02T10:00:00+02:00"])

    assert main() == 0
    assert "2026-04-02" in capsys.readouterr().out


def test_a_reader_that_has_enough_is_no_error():
    """As `dsar clock explain … | head -1` is: the pipe is closed before everything is written."""
    read, write = os.pipe()
    os.close(read)
    words = [sys.executable, "-m", "dsar.cli", *EXPLAIN, "--received-at", "2026-03-02T10:00:00+02:00"]
    try:
        ended = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(write)

    assert (ended.returncode, ended.stderr) == (141, "")
