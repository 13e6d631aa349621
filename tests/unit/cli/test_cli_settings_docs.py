"""docs/settings.md lists each setting with its default."""

import re
from pathlib import Path

import msgspec
import pytest

from dsar.settings import SETTINGS, Settings, SettingsError, load

PAGE = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")
ROWS = {
    name: (default, about)
    for name, default, about in re.findall(r"^\| `(DSAR_\w+)` \| (.*?) \| (.*?) \|$", PAGE, re.MULTILINE)
}


def shown(value):
    if value == "":
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_the_page_lists_exactly_the_settings_there_are():
    assert list(ROWS) == [setting.name for setting in SETTINGS]


def test_every_field_of_the_settings_can_be_set():
    assert [setting.field for setting in SETTINGS] == list(Settings.__struct_fields__)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_default_is_the_true_one(setting):
    default = msgspec.structs.asdict(Settings())[setting.field]

    assert ROWS[setting.name][0] == shown(default)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_says_what_it_does(setting):
    assert len(ROWS[setting.name][1]) > 15


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DSAR_PUBLIC_URL", "privacy.example.com"),
        ("DSAR_PUBLIC_URL", "https://privacy.example.com/"),
        ("DSAR_PORT", "65536"),
        ("DSAR_BODY_BYTES_MAX", "0"),
        ("DSAR_SWEEP_SECONDS", "0"),
        ("DSAR_LEASE_SECONDS", "-1"),
        ("DSAR_CLAIM_BATCH", "0"),
        ("DSAR_LOG_LEVEL", "loud"),
    ],
)
def test_what_no_part_could_work_with_is_refused_by_name(name, value):
    """Links that lead nowhere, a worker that takes no step: none of it would be seen at the start."""
    with pytest.raises(SettingsError, match=f"^{name}: "):
        load({name: value})
