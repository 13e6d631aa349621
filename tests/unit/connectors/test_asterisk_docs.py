"""The page on the connector names all that can be set."""

from pathlib import Path

import pytest

from dsar_asterisk import AsteriskSettings, CelColumns, SqliteColumns

PAGE = Path(__file__).parents[3] / "docs" / "connectors" / "asterisk.md"
FIELDS = sorted(
    {*AsteriskSettings.__struct_fields__, *SqliteColumns.__struct_fields__, *CelColumns.__struct_fields__}
)


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_is_documented(name):
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")
