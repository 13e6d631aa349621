import csv
import hashlib
import io
import json
from html.parser import HTMLParser
from pathlib import PurePosixPath

import pytest
from bundle_world import MemoryMaterial, assembled, profile, record, recording, unzipped
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.bundle.dossier import LeftOut
from dsar.bundle.sample import RECORDS_MAX
from dsar.bundle.searched import Ending, Searched
from dsar.bundle.spool import Spool
from dsar.domain.reach import reason_against
from dsar.domain.rights import Right
from dsar.domain.withholding.secret import secret

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.links = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        self.links += [value for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data):
        self.text.append(data)


def small():
    material = MemoryMaterial()
    material.add(
        "account", "crm", "contacts", [record("contacts", "1", {"name": "Anna", "phone": "+358401234567"})]
    )
    stored = recording("17.1", "call.wav", b"RIFF" * 500)
    material.add_file(stored, b"RIFF" * 500)
    material.add("calls", "asterisk", "recordings", [stored])
    return material


def test_the_manifest_lists_every_other_file_with_its_hash_and_size():
    totals, plain = assembled(small())
    files = unzipped(plain)
    manifest = json.loads(files["manifest.json"])
    assert {entry["path"] for entry in manifest["files"]} == files.keys() - {"manifest.json"}
    for entry in manifest["files"]:
        content = files[entry["path"]]
        assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert totals.files == len(files)
    assert (totals.bytes, totals.sha256) == (len(plain), hashlib.sha256(plain).digest())
    assert manifest["withheld"] == []
    assert [e["role"] for e in manifest["files"]] == ["data", "table", "recording", "page", "page", "package"]
    assert manifest["files"][2]["path"] == "calls/17.1/call.wav"


def test_the_same_content_gives_the_same_bytes():
    assert assembled(small()) == assembled(small())


@pytest.mark.parametrize(
    ("first_extra", "kept_bytes"),
    [
        pytest.param(0, 1000, id="alike"),
        pytest.param(50, 1000, id="a-late-column"),
        pytest.param(0, 10, id="too-much"),
    ],
)
def test_how_records_were_cut_into_segments_does_not_show(monkeypatch, first_extra, kept_bytes):
    records = [
        record("contacts", str(n), {"n": n, **({"extra": n} if n >= first_extra and n % 7 == 0 else {})})
        for n in range(100)
    ]
    whole, pieces = MemoryMaterial(), MemoryMaterial()
    whole.add("account", "crm", "contacts", records)
    for begin in range(0, 100, 9):
        pieces.add("account", "crm", "contacts", records[begin : begin + 9])
    expected = assembled(whole)[1]
    monkeypatch.setattr("dsar.bundle.collection.Spool", lambda: Spool(kept_bytes))
    assert assembled(pieces)[1] == expected


def test_json_holds_origin_and_data_with_every_digit():
    material = MemoryMaterial()
    raw = b'{ "amount": 12.10, "big": 123456789012345678901234567890, "at": "2026-01-01T10:00:00+02:00", "x": 1e400 }'
    material.add("account", "crm", "payments", [record("payments", "1", raw, made_by_ai=("/x",))])
    text = unzipped(assembled(material)[1])["data/account/crm.payments.json"]
    assert b'"amount":12.10,"big":123456789012345678901234567890,"at":"2026-01-01T10:00:00+02:00"' in text
    (element,) = json.loads(text)
    assert element["origin"]["record_id"] == "1"
    assert element["made_by_ai"] == ["/x"]
    assert "others" not in element


def test_csv_is_utf8_without_mark_with_crlf_and_escaped_telephone_numbers():
    text = unzipped(assembled(small())[1])["data/account/crm.contacts.csv"]
    assert text == b"name,phone\r\nAnna,'+358401234567\r\n"


NAMES = st.text().filter(lambda name: secret(name) is None)  # a password stays out whatever it is


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            NAMES,
            st.recursive(
                st.none()
                | st.booleans()
                | st.integers()
                | st.floats(allow_nan=False, allow_infinity=False)
                | st.text(),
                lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
                max_leaves=4,
            ),
            max_size=4,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_json_comes_back_from_the_bundle_and_any_text_from_its_table(records):
    material = MemoryMaterial()
    material.add(
        "account", "crm", "things", [record("things", str(n), data) for n, data in enumerate(records)]
    )
    files = unzipped(assembled(material)[1])
    assert [element["data"] for element in json.loads(files["data/account/crm.things.json"])] == records
    head, *table = csv.reader(
        io.StringIO(files["data/account/crm.things.csv"].decode(), newline=""), strict=True
    )
    assert len(table) == len(records)
    assert not any(text.lstrip().startswith(("=", "+", "-", "@")) for line in [head, *table] for text in line)
    columns = [text.removeprefix("'") for text in head]
    for line, data in zip(table, records, strict=True):
        for name, text in zip(columns, line, strict=False):  # records without any field have no column
            if isinstance(data.get(name), str):
                assert text.removeprefix("'") == data[name]


def test_hostile_text_is_text_on_the_page():
    material = MemoryMaterial()
    material.add(
        "account", HOSTILE, HOSTILE, [record(HOSTILE, HOSTILE, {HOSTILE: HOSTILE, "list": [{"x": HOSTILE}]})]
    )
    stored = recording(HOSTILE, HOSTILE + ".wav", b"x")
    material.add_file(stored, b"x")
    material.add("calls", "asterisk", "recordings", [stored])
    found = (Searched(HOSTILE, HOSTILE, Ending.GAP, 1, 0), Searched("asterisk", "Calls", Ending.FOUND, 0, 1))
    page = Page(unzipped(assembled(material, searched=found)[1])["index.html"].decode())
    assert not {"img", "iframe", "object", "link"} & set(page.tags)
    assert page.tags.count("script") == 1  # the page's own
    assert HOSTILE in "".join(page.text)
    assert page.tags.count("audio") == 1


def test_the_page_asks_nothing_of_the_network():
    page = Page(unzipped(assembled(small())[1])["index.html"].decode())
    assert [link for link in page.links if ":" in link] == [
        "https://tietosuoja.fi/"
    ]  # a link, followed by hand only
    assert "calls/17.1/call.wav" in page.links


def test_the_page_says_what_the_law_asks_and_what_is_missing():
    found = (
        Searched("crm", "Customers", Ending.FOUND, 1, 0),
        Searched("helpdesk", "Help desk", Ending.GAP, 0, 0),
        Searched("mailer", "Newsletter", Ending.NO_MATCH, 0, 0),
    )
    files = unzipped(assembled(small(), searched=found)[1])
    text = files["index.html"].decode()
    for said in (
        "To give you the service",
        "Article 6(1)(b) GDPR",
        "Stripe Payments",
        "then 90 days",
        "You, when you signed up",
    ):
        assert said in text
    assert "This answer is not complete" in text
    assert "Help desk could not be searched to the end" in files["README.en.txt"].decode()
    manifest = json.loads(files["manifest.json"])
    assert manifest["gaps"] == ["helpdesk"]
    assert {s["key"]: s["outcome"] for s in manifest["systems"]} == {
        "crm": "found",
        "helpdesk": "gap",
        "mailer": "no_match",
    }


def test_nothing_found_still_makes_an_answer():
    found = (Searched("crm", "Customers", Ending.NO_MATCH, 0, 0),)
    totals, plain = assembled(MemoryMaterial(), searched=found)
    files = unzipped(plain)
    assert totals.records == 0
    assert files.keys() == {"index.html", "README.en.txt", "datapackage.json", "manifest.json"}
    assert "found nothing to hand over" in files["index.html"].decode()


def test_a_system_that_knows_nobody_by_what_was_proven_is_named_and_no_gap():
    found = (
        Searched("crm", "Customers", Ending.NO_MATCH, 0, 0),
        Searched("calls", "Calls", Ending.NOT_SEARCHABLE, 0, 0, finds_by=("phone",)),
    )
    files = unzipped(assembled(MemoryMaterial(), searched=found)[1])
    page, readme = files["index.html"].decode(), files["README.en.txt"].decode()
    for text in (page, readme):
        assert "by something that was not proven: telephone number" in text
    assert "found nothing to hand over" not in page
    assert "every search came to its end" not in page
    assert "every system was searched" not in readme
    manifest = json.loads(files["manifest.json"])
    assert manifest["gaps"] == []
    assert [(s["outcome"], s["finds_by"]) for s in manifest["systems"]] == [
        ("no_match", []),
        ("not_searchable", ["phone"]),
    ]


def test_the_page_shows_the_first_records_and_points_to_the_rest():
    material = MemoryMaterial()
    for name in ("a", "b"):
        material.add("account", "crm", name, [record(name, str(n), {"n": f"{name}{n}"}) for n in range(150)])
    text = unzipped(assembled(material)[1])["index.html"].decode()
    assert text.count("<tr data-item") == RECORDS_MAX
    assert "The first 100 of 150 records" in text
    assert "data/account/crm.a.json" in text


def test_what_a_machine_made_is_labelled():
    material = MemoryMaterial()
    data = {"summary": "Wants an offer", "score": 0.5, "name": "Anna"}
    material.add(
        "account", "crm", "c", [record("c", "1", data, made_by_ai=("/summary",), inferred=("/score",))]
    )
    text = unzipped(assembled(material)[1])["index.html"].decode()
    table = text[text.index("<tbody>") : text.index("</tbody>")]
    assert table.count("made by AI") == 1
    assert table.count('">inferred<') == 1


def test_a_cell_of_ten_megabytes_is_cut_on_the_page_and_whole_in_the_files():
    material = MemoryMaterial()
    material.add("account", "crm", "c", [record("c", "1", {"x": "y" * 10_000_000})])
    files = unzipped(assembled(material)[1])
    assert len(files["index.html"]) < 100_000
    assert "the whole is in the file" in files["index.html"].decode()
    assert len(files["data/account/crm.c.json"]) > 10_000_000


def test_portability_leaves_out_inferred_values_and_says_so():
    # GDPR 20, GDPR 20(1)
    material = MemoryMaterial()
    material.add(
        "account", "crm", "c", [record("c", "1", {"name": "Anna", "score": 0.5}, inferred=("/score",))]
    )
    left = (LeftOut("analytics", "posthog", "events", 7, 0, "not_on_consent_or_contract"),)
    files = unzipped(assembled(material, Right.PORTABILITY, left_out=left)[1])
    assert files["data/account/crm.c.csv"] == b"name\r\nAnna\r\n"
    manifest = json.loads(files["manifest.json"])
    assert manifest["inferred_values_left_out"] == 1
    assert manifest["left_out"][0]["reason"] == "not_on_consent_or_contract"
    assert "it is not processed on consent or a contract" in files["index.html"].decode()


@pytest.mark.parametrize(
    ("category", "portable", "right", "reason"),
    [
        ("account", True, Right.PORTABILITY, None),
        ("account", False, Right.PORTABILITY, "not_provided_by_the_person"),
        ("analytics", True, Right.PORTABILITY, "not_on_consent_or_contract"),
        ("analytics", False, Right.ACCESS, None),
    ],
)
def test_portability_reaches_provided_data_on_consent_or_contract(category, portable, right, reason):
    row = MemoryMaterial().add(category, "crm", "c", [record("c", "1", {})], portable=portable)
    assert reason_against(right, profile().profile, row.category, portable=row.portable) == reason


def test_a_hostile_recording_stays_in_its_folder():
    material = MemoryMaterial()
    for n, name in enumerate(["../../evil.wav", "..", "\u202egpj.wav", "x" * 300 + ".wav"]):
        stored = recording("../" + str(n), name, b"x")
        material.add_file(stored, b"x")
        material.add("calls", "asterisk", "recordings", [stored])
    names = [name for name in unzipped(assembled(material)[1]) if name.startswith("calls/")]
    assert len(names) == 4
    assert all(".." not in name and name.count("/") == 2 and len(name) < 160 for name in names)


def test_names_that_differ_in_case_alone_or_mean_another_folder_do_not_meet():
    material = MemoryMaterial()
    hostile = ["../../x", "CON", "a/b", "A_B", "a_b", "\u202egnp", "n" * 300, "a\0b"]
    for name in hostile:
        material.add(name, name, name, [record(name, name, {"x": 1})])
        stored = recording(name, name, b"%PDF", "application/pdf")
        material.add_file(stored, b"%PDF")
        material.add(name, name, "papers", [stored])
        inner = recording(name, "a/b", b"%PDF", "application/pdf")
        material.add_file(inner, b"%PDF")
        material.add(name, name, "papers", [inner])
    files = unzipped(assembled(material)[1])
    assert len({name.casefold() for name in files}) == len(files)
    assert sum(name.startswith("files/") for name in files) == 2 * len(hostile)
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    assert not folders & set(files)  # nothing is a file and a folder
    for name in files:
        assert ".." not in PurePosixPath(name).parts
        assert not set(name) & set('\\:*?"<>|\0\u202e')
        assert len(name.encode()) < 330
