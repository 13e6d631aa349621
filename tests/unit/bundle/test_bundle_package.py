"""The data package and the whole archive, read by tools that are not ours."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from bundle_world import RECEIVED, MemoryMaterial, assembled, record, recording, unzipped
from frictionless import validate
from test_bundle_calls import three_speakers

from dsar.bundle.columns import COLUMNS_MAX
from dsar.bundle.letters import Enclosed
from dsar.contract import Maker, Turn
from dsar.render import Letter

LETTERS = [Enclosed("access", Letter("Our answer", "Hello\n", "<p>Hello</p>"), None)]
AWKWARD = {
    "=1+1": "=cmd()",
    " padded ": "x",
    "": "no name",
    "\ufefffirst": 1,
    'quo"ted,\r\n': 'a"b\r\nc',
    "nul\0": "\0",
    "nothing": None,
}


def telling():
    """A bit of everything."""
    material = MemoryMaterial()
    contacts = [
        record(
            "contacts", "1", {"name": "Anna", "phone": "+358401234567", "summary": "Wants an offer"}, **facts
        )
        for facts in ({"made_by_ai": ("/summary",), "maker": Maker("gpt-x")}, {"inferred": ("/name",)})
    ]
    material.add("account", "crm", "contacts", contacts)
    material.add("account", "crm", "awkward", [record("awkward", "1", AWKWARD), record("awkward", "2", {})])
    material.add("account", "crm", "empty", [record("empty", "1", {}), record("empty", "2", {})])
    many = {f"field {number}": number for number in range(COLUMNS_MAX + 3)}
    material.add("account", "crm", "many", [record("many", "1", many)])
    said = record("chats", "7", {"said": ["Hei"]}, turns=(Turn("/said/0"),))
    material.add("calls", "asterisk", "chats", [said])
    stored = recording("../7", "a\u202eb.pdf", b"%PDF", "application/pdf")
    material.add_file(stored, b"%PDF")
    material.add("calls", "asterisk", "papers", [stored])
    return material


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    plain = assembled(
        telling(), letters=lambda _: LETTERS, described={("crm", "contacts"): "People in the CRM"}
    )[1]
    made = tmp_path_factory.mktemp("package")
    (made / "bundle.zip").write_bytes(plain)
    with zipfile.ZipFile(made / "bundle.zip") as archive:
        archive.extractall(made / "bundle")
    return made / "bundle"


@pytest.fixture
def package(folder):
    return json.loads((folder / "datapackage.json").read_bytes())


def test_frictionless_finds_nothing_wrong(folder):
    ran = subprocess.run(
        [sys.executable, "-m", "frictionless", "validate", "datapackage.json"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert "INVALID" not in ran.stdout


def test_frictionless_finds_one_changed_byte_in_any_file(folder, package, tmp_path):
    shutil.copytree(folder, tmp_path / "b")
    changed = {entry["path"] for entry in package["resources"]}
    for path in changed:
        content = bytearray((tmp_path / "b" / path).read_bytes())
        content[len(content) // 2] ^= 1
        (tmp_path / "b" / path).write_bytes(content)
    report = validate(tmp_path / "b" / "datapackage.json")
    assert {task.place for task in report.tasks if not task.valid} == changed


def test_every_file_but_the_two_lists_is_a_resource(folder, package):
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {entry["path"] for entry in package["resources"]} == there - {"datapackage.json", "manifest.json"}
    names = [entry["name"] for entry in package["resources"]]
    assert len(set(names)) == len(names)


def test_each_column_is_described_and_says_what_a_machine_made(package):
    (table,) = [entry for entry in package["resources"] if entry["path"] == "data/account/crm.contacts.csv"]
    assert table["profile"] == "tabular-data-resource"
    assert table["schema"]["escape"] == "'"
    fields = {field["name"]: field for field in table["schema"]["fields"]}
    assert all(field["type"] == "string" and field["description"] for field in fields.values())
    assert "People in the CRM" in fields["phone"]["description"]
    assert fields["summary"]["madeByAI"] is True
    assert fields["name"]["inferred"] is True
    assert "madeByAI" not in fields["phone"]


def test_a_table_that_a_careful_reader_would_refuse_is_described_as_text(package):
    tables = {entry["path"]: entry for entry in package["resources"] if entry["path"].endswith(".csv")}
    awkward = tables["data/account/crm.awkward.csv"]
    assert (awkward["profile"], awkward["format"]) == ("data-resource", "text")
    titles = [field["title"] for field in awkward["schema"]["fields"]]
    assert titles == list(AWKWARD)
    assert awkward["schema"]["fields"][0]["name"] == "'=1+1"
    many = tables["data/account/crm.many.csv"]
    assert many["profile"] == "tabular-data-resource"
    assert len(many["schema"]["fields"]) == COLUMNS_MAX + 1


@pytest.mark.skipif(shutil.which("unzip") is None, reason="Info-ZIP is not installed")
def test_info_zip_opens_it(folder):
    ran = subprocess.run(
        ["unzip", "-tq", folder.parent / "bundle.zip"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_letters_lie_in_a_folder_of_their_own_as_text_and_as_a_page(folder):
    assert (folder / "letters/01-access.txt").read_text() == "Our answer\n\nHello\n"
    assert (folder / "letters/01-access.html").read_text() == "<p>Hello</p>"
    assert "letters/01-access" in (folder / "index.html").read_text()


def digests():
    made = (assembled(telling(), letters=lambda _: LETTERS)[1], assembled(three_speakers())[1])
    return [hashlib.sha256(plain).hexdigest() for plain in made]


def test_another_process_in_another_zone_with_another_order_of_sets_writes_the_same_bytes():
    more = {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "PYTHONPATH": ":".join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", "import test_bundle_package; print(*test_bundle_package.digests())"],
        env=os.environ | more, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert ran.stdout.split() == digests()


def test_the_manifest_says_where_each_collection_comes_from_and_what_models_made(folder):
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (contacts,) = [one for one in manifest["sources"] if one["collection"] == "contacts"]
    assert contacts["models"] == ["gpt-x"]
    assert contacts["made_by_ai"] == ["summary"]
    assert manifest["archive"] == {"number": 1, "kind": "answer", "content": "00" * 32}
    assert manifest["categories"]["account"]["recipients"][0]["name"] == "Hetzner Online GmbH"


def test_a_supplement_says_what_it_adds_to():
    manifest = json.loads(unzipped(assembled(telling(), number=2, answered_at=RECEIVED)[1])["manifest.json"])
    assert manifest["archive"]["kind"] == "supplement"
    assert manifest["archive"]["adds_to_the_answer_of"] == RECEIVED.isoformat()
