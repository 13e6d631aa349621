"""docs/connectors says of every connector, and of everything in the contract, what it is."""

import re
from pathlib import Path

import msgspec
import pytest

from dsar import contract
from dsar.contract import Manifest, Session, errors
from dsar.domain.guarding import DriftKind
from dsar.outbound import installed

FOLDER = Path(__file__).parents[3] / "docs" / "connectors"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
CONTRACT = (FOLDER / "contract.md").read_text(encoding="utf-8")
KIT = Path(contract.__file__).parents[1] / "conformance"


@pytest.mark.parametrize("key", sorted(installed()))
def test_each_connector_has_a_page_and_a_true_line_in_the_index(key):
    manifest = installed()[key].manifest
    line = f"| `{key}` | {', '.join(sorted(manifest.finds_by))} | {', '.join(sorted(manifest.orders))} | ["

    assert (FOLDER / f"{key}.md").is_file()
    assert line in README


def test_every_link_leads_to_a_page_that_is_there():
    for text in (README, CONTRACT):
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
            assert (FOLDER / link).is_file(), link


@pytest.mark.parametrize("name", [field.name for field in msgspec.structs.fields(Manifest)])
def test_every_part_of_a_manifest_is_explained(name):
    assert f"`{name}`" in CONTRACT or name == "contract"


@pytest.mark.parametrize("name", [name for name in vars(Session) if not name.startswith("_")])
def test_every_call_is_explained(name):
    assert f"| `{name}" in CONTRACT


def error_names():
    return [
        name for name in vars(errors) if isinstance(getattr(errors, name), type) and name in contract.__all__
    ]


@pytest.mark.parametrize("name", [name for name in error_names() if name != "ConnectorError"])
def test_every_error_is_explained_with_its_consequence(name):
    assert re.search(rf"^\| `{name}(\(\w+\))?` \| .+ \| .+ \|$", CONTRACT, re.MULTILINE)


@pytest.mark.parametrize("kind", DriftKind)
def test_every_kind_of_drift_is_explained(kind):
    assert f"| `{kind}` |" in CONTRACT


def test_what_the_guide_says_of_the_kits_words_is_what_the_kit_says():
    said = re.findall(r"^\| `([^`]+)` \| ", README.partition("the kit says")[2], re.MULTILINE)
    kit = re.sub(r'"\s+f?"', "", "".join(path.read_text(encoding="utf-8") for path in KIT.glob("*.py")))

    assert len(said) > 5
    assert [words for words in said if words not in kit and words != "raised ReadTimeout"] == []
