"""What is wrong with a system's file is told with its line."""

import pytest

from dsar.cli.connector_file import read
from dsar.cli.connector_lines import line_of
from dsar.outbound import BadSystem

FILE = """\
connector = "sql"
roles = ["controller"]
concurrency = 4

[settings]
url = "postgresql://db/crm"

[[settings.tables]]
name = "contact"
key = ["id"]

[settings.tables.subject]
email = "email"

[[settings.tables]]
key = ["id"]
name = "note"
path = { table = "contakt", on = { contact_id = "id" } }

[[settings.suppress]]
table = "contact"
set = { consent = false }
"""


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("Expected `int`, got `str` - at `$.concurrency`", 3),
        ("Object contains unknown field `concurrency`", 3),
        ("Invalid enum value 'owner' - at `$.roles[0]`", 2),
        ("sql: Expected `str`, got `int` - at `$.url`. See its page", 6),
        ("sql: Expected `array`, got `str` - at `$.tables[1].key`. See", 16),
        ("sql: Object missing required field `category` - at `$.tables[1]`. See", 15),
        ("sql: Object contains unknown field `email` - at `$.tables[0].subject`. See", 13),
        ("sql: tables.note.path: table 'contakt' is not declared; add it", 18),
        ("tables.contact.subject.phone: column 'phone' does not exist", 12),
        ("tables.contact: no such table for this user", 8),
        ("tables.nowhere: no such table", 8),
        ("suppress, table 'contact': column 'consent' does not exist", 20),
        ("connector: 'nobodys' is not installed", 1),
        ("sql: url: give postgresql://… or another", 6),
        ("sql: url: give postgresql://… - at `$`. See its page", 6),
        ("key: use a letter", None),
        ("the credentials do not work; check url", None),
        ("", None),
    ],
)
def test_a_path_leads_to_its_line(said, line):
    assert line_of(FILE, said) == line


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("concurrency = 4", "concurrency = 0", "crm.toml, line 3: Expected `int` >= 1"),
        ("concurrency = 4", "concurency = 4", "crm.toml, line 3: Object contains unknown field `concurency`"),
        ('["controller"]', '["owner"]', "crm.toml, line 2: Invalid enum value 'owner'"),
        ('["controller"]', "[]", "crm.toml, line 2: Expected `array` of length >= 1"),
        ("[settings]", "[settings", "crm.toml: "),
        ('connector = "sql"', "", "crm.toml: Object missing required field `connector`"),
    ],
)
def test_a_field_of_the_file_itself_is_named_with_its_line(tmp_path, old, new, says):
    path = tmp_path / "crm.toml"
    path.write_text(FILE.replace(old, new, 1))

    with pytest.raises(BadSystem) as refused:
        read(path)

    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


def test_a_sound_file_is_read(tmp_path):
    path = tmp_path / "crm.toml"
    path.write_text(FILE)

    assert read(path).concurrency == 4
