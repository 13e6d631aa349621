"""`dsar demo` as somebody runs it who has just cloned the project."""

import csv
import hashlib
import io
import zipfile

import msgspec
import pytest

REQUESTS = [
    ("A prospect's access", "fulfilled"),
    ("A caller's access", "fulfilled"),
    ("A caller's erasure", "fulfilled"),
    ("An account user's portability", "fulfilled"),
    ("An objection to marketing", "fulfilled"),
    ("An erasure with an invoice on hold", "fulfilled in part"),
    ("An impostor", "nothing given, nothing erased"),
]
BUNDLES = {
    "prospect-access.zip",
    "caller-access-tenant-1.zip",
    "caller-access-tenant-2.zip",
    "account-portability.zip",
}
LETTERS = {
    "prospect-access.html",
    "account-portability.html",
    "objection.html",
    "erasure-with-hold.html",
    "caller-access-whom-to-ask.txt",
    "caller-erasure-whom-to-ask.txt",
}


@pytest.fixture(scope="module")
def report(demo):
    return msgspec.json.decode((demo.out / "report.json").read_bytes())


def test_it_ends_well_and_by_itself(demo):
    assert demo.ran.returncode == 0, demo.ran.stdout + demo.ran.stderr
    assert demo.ran.stderr == ""
    assert "7 of 7 requests as expected" in demo.ran.stdout


def test_the_report_has_all_seven_requests_as_expected(report):
    assert report["ok"] is True
    assert [(line["title"], line["outcome"]) for line in report["requests"]] == REQUESTS
    assert [line["failures"] for line in report["requests"]] == [[]] * 7


def test_each_line_names_its_due_date_and_the_rule_behind_it(report):
    for line in report["requests"]:
        assert line["due_date"]
        assert "GDPR 12(3)" in line["rule"]


def test_the_table_on_the_screen_is_the_same(demo):
    words = " ".join(demo.ran.stdout.replace("│", " ").split())
    assert all(
        column in words for column in ("request", "right", "role", "route", "systems", "due", "seconds")
    )
    assert words.count("GDPR 12(3)") == 7


def test_the_bundles_lie_there_packed_and_unpacked(demo):
    there = {path.name for path in (demo.out / "bundles").glob("*.zip")}

    assert there == BUNDLES
    assert all(
        (demo.out / "bundles" / name.removesuffix(".zip") / "index.html").is_file() for name in BUNDLES
    )


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_each_bundle_opens_and_every_file_is_as_its_manifest_says(demo, name):
    with zipfile.ZipFile(demo.out / "bundles" / name) as archive:
        manifest = msgspec.json.decode(archive.read("manifest.json"))
        listed = {file["path"]: file for file in manifest["files"]}
        inside = {info.filename: info.file_size for info in archive.infolist() if not info.is_dir()}
        digests = {path: hashlib.sha256(archive.read(path)).hexdigest() for path in listed}

    assert set(inside) - {"manifest.json"} == set(listed)
    assert {path: file["bytes"] for path, file in listed.items()} == {path: inside[path] for path in listed}
    assert {path: file["sha256"] for path, file in listed.items()} == digests


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_no_cell_of_a_table_begins_like_a_formula(demo, name):
    with zipfile.ZipFile(demo.out / "bundles" / name) as archive:
        tables = [archive.read(path).decode() for path in archive.namelist() if path.endswith(".csv")]
    cells = [cell for table in tables for row in csv.reader(io.StringIO(table)) for cell in row]

    assert cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "\t", "\r"))]


def test_the_letters_are_there(demo):
    assert {path.name for path in (demo.out / "letters").iterdir()} == LETTERS


def test_each_letter_of_ours_says_whom_to_complain_to(demo):
    for name in LETTERS:
        text = (demo.out / "letters" / name).read_text(encoding="utf-8")
        if name.endswith(".html"):
            assert "Ombudsman" in text, name


def test_it_says_where_the_data_folder_is_when_it_is_kept(demo):
    assert (demo.data / "service" / "operator.key").is_file()


def test_nothing_of_a_person_stands_in_the_logs(demo):
    logs = "".join(path.read_text() for path in (demo.data / "service").glob("*.log"))
    logs += "".join(path.read_text() for path in demo.data.glob("*.log"))

    for personal in (
        "petra.prospekti",
        "tomi.tilaaja",
        "ilkka.ilmarinen",
        "401234567",
        "0457000001",
        "phx_sample_only",
    ):
        assert personal not in logs
