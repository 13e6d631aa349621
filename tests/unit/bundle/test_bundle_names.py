import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.bundle.names import NAME_BYTES_MAX, Names, safe

HOSTILE = [
    "../../etc/passwd",
    "..",
    ".",
    "/abs",
    "C:\\x",
    "a\0b",
    "a\nb",
    "\u202egpj.exe",
    "CON",
    "nul.txt",
    "com¹.wav",
    "x" * 300,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_a_harmless_one(name):
    made = safe(name)
    assert made
    assert not set(made) & set('/\\:*?"<>|\0\n\u202e')
    assert made not in {".", ".."}
    assert made.split(".")[0].casefold() not in {"con", "nul", "com¹"}


@given(st.text())
def test_any_name_is_safe_short_and_stable(name):
    made = safe(name)
    assert made
    assert len(made.encode()) <= NAME_BYTES_MAX + 1
    assert not made.startswith((".", "-"))
    assert not made.endswith((".", " "))
    assert all(c in "._-+" or unicodedata.category(c)[0] in "LNM" for c in made)
    assert safe(made) == made or made.startswith("_")


def test_letters_of_any_script_stay():
    assert safe("Äänite 7.wav") == "Äänite_7.wav"
    assert safe("שיחה.wav") == "שיחה.wav"


def test_a_long_name_keeps_its_suffix():
    made = safe("é" * 300 + ".wav")
    assert made.endswith(".wav")
    assert len(made.encode()) <= NAME_BYTES_MAX


def test_names_that_become_alike_are_numbered():
    names = Names()
    assert names.take_file("calls", "1/2", name="a.wav") == "calls/1_2/a.wav"
    assert names.take_file("calls", "1_2", name="A.WAV") == "calls/1_2/A-2.WAV"
    assert names.take_file("calls", "1_2", name="a.wav") == "calls/1_2/a-3.wav"
