"""Dates, numbers, lists, names and the profile's texts, as each language writes them."""

from datetime import UTC, date, datetime

import pytest
from letter_facts import LANGUAGES, templates

from dsar.domain.alarms import AlarmName
from dsar.domain.profile import Safeguard
from dsar.domain.rights import Right
from dsar.render.dates import local_date, local_time, long_date
from dsar.render.naming import NAMES, name
from dsar.render.reading import filters, language_name


def of(language):
    return filters(language, templates().translator(language))


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "5 March 2026"), ("fi", "5. maaliskuuta 2026"), ("sv", "5 mars 2026"), ("pl", "5 marca 2026")],
)
def test_a_date_is_long_and_bears_no_weekday(language, said):
    assert long_date(date(2026, 3, 5), language) == said
    assert long_date("2026-03-05", language) == said


def test_a_day_is_the_one_of_the_zone():
    late = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)

    assert local_date(late, "Europe/Helsinki", "en") == "5 March 2026"
    assert local_date(late, "Europe/London", "en") == "4 March 2026"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "5 March 2026, 00:30 (Helsinki)"),
        ("fi", "5. maaliskuuta 2026 klo 0.30 (Helsinki)"),
        ("sv", "5 mars 2026 kl. 00:30 (Helsingfors)"),
        ("pl", "5 marca 2026, godz. 00:30 (Helsinki)"),
    ],
)
def test_a_moment_names_its_place(language, said):
    late = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)

    assert local_time(late, "Europe/Helsinki", language, templates().translator(language)) == said


@pytest.mark.parametrize(
    ("language", "number", "joined", "country", "size"),
    [
        ("en", "12,345", "a, b and c", "Ireland", "14.2 MB"),
        ("fi", "12\xa0345", "a, b ja c", "Irlanti", "14,2 Mt"),
        ("sv", "12\xa0345", "a, b och c", "Irland", "14,2 MB"),
        ("pl", "12\xa0345", "a, b i c", "Irlandia", "14,2 MB"),
    ],
)
def test_numbers_lists_countries_and_sizes(language, number, joined, country, size):
    said = of(language)

    assert said["number"](12345) == number
    assert said["joined"](iter("abc")) == joined
    assert said["country"]("IE") == country
    assert said["country"]("the cloud") == "the cloud"
    assert said["file_size"](14_200_000).replace("\xa0", " ") == size


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain", "plain"),
        ({"en": "English", "fi": "suomeksi"}, "suomeksi"),
        ({"en": "English", "sv": "på svenska"}, "English"),
        ({"sv": "på svenska", "pl": "po polsku"}, "på svenska"),
    ],
)
def test_a_profiles_text_is_said_in_the_readers_language_or_the_next_best(text, said):
    assert of("fi")["said"](text) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_name(language):
    said = of(language)["named"]

    for right in Right:
        assert said(right, "right")
    for safeguard in Safeguard:
        assert said(safeguard, "safeguard")
    for alarm in AlarmName:
        assert said(alarm, "alarm")
        assert said(alarm, "assist")


def test_an_unknown_code_is_a_bug():
    with pytest.raises(KeyError):
        name("right", "fly")
    assert name("alarm", "days_7") == NAMES["alarm"]["other"]


def test_a_language_names_itself():
    assert [language_name(language) for language in LANGUAGES] == ["English", "Suomi", "Svenska", "Polski"]
