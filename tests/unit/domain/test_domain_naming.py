"""A business is found under its name however people write it, and never under another's."""

import string
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dsar.domain.naming import fits_any, name_of, number_in


def same(one, other):
    forth, back = name_of(one).fits(name_of(other)), name_of(other).fits(name_of(one))
    assert forth == back
    return forth


@pytest.mark.parametrize(
    "written",
    [
        "Kampaamo Åke & Söner Oy",
        "KAMPAAMO ÅKE & SÖNER OY",
        "kampaamo ake & soner oy",
        "Kampaamo Ake and Soner",
        "Kampaamo Åke ja Söner",
        "Kampaamo Åke och Söner Ab",
        "Kampaamo Åke i Söner",
        "Kampaamo Åke + Söner, Oy.",
        "Kampaamo Åke&Söner",
        "The Kampaamo Åke & Söner Oy",
        "Oy Kampaamo Åke & Söner Ab",
        "  kampaamo-åke  &  söner  osakeyhtiö ",
        unicodedata.normalize("NFD", "Kampaamo Åke & Söner Oy"),
        "".join(chr(ord(ch) + 0xFEE0) for ch in "Kampaamo") + " Åke & Söner Oy",  # as some keyboards write it
    ],
)
def test_one_business_as_people_write_it(written):
    assert same("Kampaamo Åke & Söner Oy", written)


@pytest.mark.parametrize("known", ["Studio Y Oy", "Oy Studio Y", "Studio Y S.A."])
def test_a_word_that_might_join_two_is_a_word_before_a_legal_form(known):
    assert same(known, "Studio Y")
    assert not same(known, "Studio &")


@pytest.mark.parametrize(
    ("form", "spellings"),
    [
        ("Oy", ["oy", "OY.", "O.Y.", "Ab", "osakeyhtiö"]),
        ("AB", ["ab", "A.B.", "Aktiebolag", "Oy"]),
        ("Ltd", ["ltd.", "Limited", "LTD"]),
        ("LLC", ["L.L.C.", "llc"]),
        ("Inc", ["Inc.", "incorporated", "INC"]),
        ("GmbH", ["gmbh", "GMBH"]),
        ("Sp. z o.o.", ["sp z oo", "Sp. z o. o.", "SP. Z O.O.", "spółka z ograniczoną odpowiedzialnością"]),
        ("S.A.", ["SA", "s.a.", "Spółka Akcyjna"]),
        ("Tmi", ["tmi", "toiminimi", "T:mi"]),
        ("A/S", ["AS", "as"]),
    ],
)
def test_a_legal_form_may_be_written_otherwise_or_left_out(form, spellings):
    name = f"Äpple {form}"
    assert same(name, "apple")
    for spelling in spellings:
        assert same(name, f"Apple {spelling}"), spelling
        assert same(name, f"Apple, {spelling}"), spelling


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Oy", "Acme Ltd"),
        ("Acme GmbH", "Acme S.A."),
        ("Acme Inc", "Acme LLC"),
        ("Acme", "Acm"),
        ("Acme", "Acme Telecom"),
        ("Acme North Oy", "Acme South Oy"),
        ("Acme 1", "Acme 2"),
        ("Smith & Jones", "Smith Jones"),
        ("SA Logistics", "Logistics"),
        ("A B Consulting", "Consulting"),
        ("Team I", "Team &"),
        ("कि", "के"),
        ("", ""),
        ("!!!", "…"),
        ("Oy", "Ab"),
        ("The", "Oy"),
        ("Ltd", ""),
    ],
)
def test_what_only_sounds_alike_is_another_business(one, other):
    assert not same(one, other)


words = st.text(alphabet=string.ascii_lowercase + "åäöéłß", min_size=2, max_size=10)
cores = st.lists(words, min_size=1, max_size=4)
forms = st.sampled_from(["Oy", "AB", "Ltd", "Limited", "LLC", "Inc", "GmbH", "Sp. z o.o.", "S.A.", "Tmi"])


@st.composite
def spelled(draw, core):
    """A core as somebody may write it."""
    text = draw(st.sampled_from([" ", "  ", "-", " - ", ". ", ", ", "_"])).join(core)
    change = draw(
        st.sampled_from(
            [str, str.upper, str.title, lambda t: unicodedata.normalize("NFD", t), lambda t: f"“{t}”"]
        )
    )
    return change(text)


@given(st.data(), cores, st.none() | forms)
def test_every_way_of_writing_a_name_is_that_name(data, core, form):
    known = " ".join(core)
    written = data.draw(spelled(core))
    assert same(known, written)
    if form is not None:
        assert same(f"{known} {form}", f"{written} {form.lower()}.")
        assert same(f"{known} {form}", f"The {written}")


@given(cores, cores, forms)
def test_names_of_other_letters_never_meet(one, other, form):
    bare = ["".join(name_of(" ".join(core)).whole) for core in (one, other)]
    assume(bare[0] != bare[1])
    first, second = name_of(" ".join(one)), name_of(" ".join(other))
    assume(first.core != second.core)
    assert not same(f"{' '.join(one)} {form}", f"{' '.join(other)} {form}")


@given(st.text(max_size=40))
def test_any_text_is_itself_or_nothing(text):
    name = name_of(text)
    assert name.fits(name) == bool(name.whole)
    assert all(unicodedata.category(ch)[0] in "LNM" or ch in "&+" for ch in name.whole)


@given(st.text(max_size=30), st.text(max_size=30))
def test_to_be_the_same_name_is_mutual(one, other):
    same(one, other)


def test_another_name_of_the_business_serves_as_well():
    assert fits_any("the hair corner", ("Kampaamo Oy", "Hair Corner"))
    assert not fits_any("hair", ("Kampaamo Oy", "Hair Corner"))
    assert not fits_any("", ("Kampaamo Oy",))


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("09 1234 5678", "+358912345678"),
        ("+358 9 1234 5678", "+358912345678"),
        ("00358 9 1234 5678", "+358912345678"),
        ("(09) 1234-5678", "+358912345678"),
        ("Acme Oy", None),
        ("Acme 24", None),
        ("", None),
        ("112", None),
    ],
)
def test_a_number_in_place_of_a_name_is_read_as_one(words, number):
    assert number_in(words, "FI") == number
