"""docs/letters.md names each letter, and says truly which has a text message."""

import re
from pathlib import Path

from dsar.store import shipped

TEXT = (Path(__file__).parents[3] / "docs" / "letters.md").read_text(encoding="utf-8")
ROWS = {found[1]: bool(found[2]) for found in re.finditer(r"^\| `(\w+)`( \*)? \|", TEXT, re.MULTILINE)}


def kinds(ending):
    folder = shipped("templates") / "letters"
    return {
        path.name.removesuffix(ending)
        for path in folder.glob(f"*{ending}")
        if not path.name.startswith("_") and path.name.count(".") == ending.count(".")
    }


def test_every_letter_is_described():
    assert set(ROWS) == kinds(".txt")


def test_every_text_message_is_marked():
    assert {kind for kind, has in ROWS.items() if has} == kinds(".sms.txt")
