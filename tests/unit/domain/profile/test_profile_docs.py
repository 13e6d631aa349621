"""docs/profiles.md describes every field of every struct of a profile, with an example that can be used."""

import re
import tomllib
from enum import EnumType
from pathlib import Path
from typing import Literal, get_args, get_origin

import msgspec
import pytest
from msgspec import NODEFAULT, Struct, structs

from dsar.domain.profile import Profile, Severity
from dsar.store import shipped

PAGE = (Path(__file__).parents[4] / "docs" / "profiles.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
ROW = re.compile(r"^\| `(\w+)` \| `(.*?)` \| (.*) \|$", re.MULTILINE)


def structs_below(kind, found=None):
    """Every struct that a profile can hold, by name."""
    found = {} if found is None else found
    if isinstance(kind, type) and issubclass(kind, Struct):
        if kind.__name__ not in found:
            found[kind.__name__] = kind
            for field in structs.fields(kind):
                structs_below(field.type, found)
    else:
        for part in get_args(kind):
            structs_below(part, found)
    return found


STRUCTS = structs_below(Profile)
FIELDS = [(name, field) for name, kind in STRUCTS.items() for field in structs.fields(kind)]
IDS = [f"{name}.{field.name}" for name, field in FIELDS]


def rows(name):
    return {field: (example, about) for field, example, about in ROW.findall(SECTIONS[name])}


def values(kind):
    """The words that a field takes, where it takes a few only."""
    if isinstance(kind, EnumType):
        return [member.value for member in kind]
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [value for part in get_args(kind) for value in values(part)]


def test_every_struct_has_its_section_and_no_section_is_of_one_that_is_gone():
    assert set(SECTIONS) == set(STRUCTS)


@pytest.mark.parametrize("name", STRUCTS)
def test_every_field_has_its_row_in_order_and_no_row_is_of_one_that_is_gone(name):
    assert sorted(rows(name)) == sorted(field.encode_name for field in structs.fields(STRUCTS[name]))


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=IDS)
def test_every_example_can_be_used(name, field):
    example = rows(name)[field.name][0]
    [(key, value)] = tomllib.loads(example).items()
    if not example.startswith("["):  # a table has a section of its own
        assert key == field.encode_name
        assert msgspec.convert(value, field.type, str_keys=True) is not None


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=IDS)
def test_every_row_says_whether_the_field_is_required(name, field):
    required = field.default is NODEFAULT and field.default_factory is NODEFAULT
    assert rows(name)[field.name][1].startswith("required") == required


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=IDS)
def test_every_word_that_a_field_allows_stands_on_the_page(name, field):
    assert [value for value in values(field.type) if f"`{value}`" not in PAGE] == []


def test_the_shared_words_for_categories_are_those_of_the_shipped_profiles():
    shared = re.search(r"Shared words: (.*?)\. Name", PAGE, re.DOTALL)[1]
    words = re.findall(r"`(\w+)`", shared)
    used = [
        key
        for path in shipped("profiles").glob("*.toml")
        for key in tomllib.loads(path.read_text(encoding="utf-8"))["categories"]
    ]
    assert all(used.count(word) > 1 or word == "contract" for word in words)
    assert {key for key in used if used.count(key) > 1} <= set(words)


def test_the_page_says_what_each_severity_means():
    for severity in Severity:
        assert f"**{severity.value.capitalize()}s**" in PAGE
