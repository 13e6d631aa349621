"""The index of provisions and the citations hold each other up."""

import re
import tomllib
from pathlib import Path

import pytest

from dsar.store import shipped

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("dsar", "connectors", "sql", "templates", "profiles")
ENDINGS = {".py", ".sql", ".txt", ".html", ".toml"}
LAWS = {
    "UK GDPR": r"UK GDPR (\d+[A-Z]?(?:\([0-9a-z]+\))*)",
    "GDPR": r"(?<!UK )(?<!Open)GDPR (\d+(?:\([0-9a-z]+\))*)",
    "Reg. 1182/71": r"Reg\. 1182/71 (Art\. \d+(?:\([0-9a-z]+\))*)",
    "EDPB 01/2022": r"EDPB 01/2022 (§\d+)",
    "DPA 2018": r"DPA 2018 (s\. \d+)",
    "11 CCR": r"11 CCR (\d+(?:\([0-9a-z]+\))*)",
    "Civ.": r"Civ\. ([\d.]+(?:\([0-9A-Za-z]+\))*)",
    "DSV": r"\bDSV (\d+(?:\(\d+\))*)",
    "FADP": r"FADP (\d+(?:\(\d+\))*)",
    "LGPD": r"LGPD (\d+(?:\([A-Z]+\))*)",
    "DPDP": r"DPDP (r\. \d+(?:\(\d+\))*)",
}


def cited(*folders: str) -> set[tuple[str, str]]:
    """Every provision that the files below these folders name."""
    found: set[tuple[str, str]] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in ENDINGS and "_shipped" not in path.parts:
                text = path.read_text(encoding="utf-8")
                found |= {(law, ref) for law, pattern in LAWS.items() for ref in re.findall(pattern, text)}
    return found


@pytest.fixture(scope="module")
def index() -> dict[tuple[str, str], dict[str, str]]:
    laws = tomllib.loads((shipped("law") / "index.toml").read_text(encoding="utf-8"))
    return {(law, ref): entry for law, refs in laws.items() for ref, entry in refs.items()}


def test_every_citation_stands_in_the_index(index: dict[tuple[str, str], dict[str, str]]) -> None:
    assert cited(*FOLDERS) - index.keys() == set()


@pytest.mark.parametrize("folders", [FOLDERS, ("tests",)])
def test_every_provision_that_is_dealt_with_is_cited_by_code_and_by_a_test(
    index: dict[tuple[str, str], dict[str, str]], folders: tuple[str, ...]
) -> None:
    dealt_with = {key for key, entry in index.items() if entry["status"] == "yes"}
    assert dealt_with - cited(*folders) == set()


def test_every_entry_says_yes_partly_or_no_and_why(index: dict[tuple[str, str], dict[str, str]]) -> None:
    for key, entry in index.items():
        assert entry["status"] in {"yes", "partly", "no"}, key
        assert entry["why"].strip(), key


def test_a_citation_of_a_provision_that_is_not_there_is_noticed(
    index: dict[tuple[str, str], dict[str, str]],
) -> None:
    assert ("GDPR", "99(9)") not in index
    assert re.findall(LAWS["GDPR"], "GDPR 99(9)") == ["99(9)"]
