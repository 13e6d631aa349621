"""`dsar profile check`: what it prints, how it ends, and the record of processing that it draws."""

import json
import re
from html.parser import HTMLParser

import pytest

from dsar.cli.main import main
from dsar.domain.profile import load, said
from dsar.store import shipped

COMPANIES = ["sono", "sonetel", "sonexlabs", "closare", "closeq", "demo"]
VOID = {"meta", "link", "br"}


def profile_of(name):
    return load((shipped("profiles") / f"{name}.toml").read_text(encoding="utf-8"), name).profile


def words(text):
    return " ".join(text.split())


class Page(HTMLParser):
    """Holds a page to be well-formed, and remembers what is in it."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.outside, self.headings, self.text, self.lang = (
            [],
            [],
            [],
            [],
            [],
            [],
            "",
        )
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.lang = given.get("lang", self.lang)
        self.ids += [given["id"]] if "id" in given else []
        if tag == "a":
            self.links.append(given["href"])
        self.outside += [given[name] for name in ("src", "srcset", "data") if name in given]
        if tag == "link":
            self.outside.append(given["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def drawn(name, folder, *more):
    path = folder / "record.html"
    main(["profile", "check", name, "--record", str(path), "--language", "en", *more])
    return Page(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "ends"),
    [("demo", 0), ("sono", 0), ("sonexlabs", 1), ("sonetel", 1), ("closare", 1), ("closeq", 1)],
)
def test_it_ends_with_1_exactly_when_something_contradicts_itself(name, ends, capsys):
    assert main(["profile", "check", name]) == ends
    assert ("Contradictions (" in capsys.readouterr().out) == bool(ends)


def test_what_cannot_be_used_is_one_line_with_the_field_and_ends_with_2(tmp_path, capsys):
    text = (shipped("profiles") / "sono.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('article = "GDPR 28"', 'artcle = "GDPR 28"', 1), encoding="utf-8")

    assert main(["profile", "check", str(path)]) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "dsar profile: mine.toml: categories.call_records.legal_basis[0].artcle: is no field here; "
        "allowed: article, because\n"
    )


def test_findings_are_grouped_the_worst_first_each_with_its_law_and_remedy(capsys):
    main(["profile", "check", "closare"])

    out = words(capsys.readouterr().out)
    assert out.index("Contradictions (3)") < out.index("Gaps (14)") < out.index("Notes (4)")
    assert "operator.authority: is unset: letters name no authority to complain to GDPR 13(2)(d)." in out
    assert "Name the supervisory authority with its address." in out


def test_no_line_is_too_long_to_read(capsys):
    for name in COMPANIES:
        main(["profile", "check", name])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 110


def test_machines_get_the_same_as_json(capsys):
    main(["profile", "check", "sonetel", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert found[0]["severity"] == "contradiction"
    assert found[0]["field"] == "transfers[3].safeguard"
    assert {tuple(one) for one in found} == {("severity", "field", "says", "law", "remedy")}


def test_a_language_that_is_not_offered_is_refused_and_nothing_is_written(tmp_path, capsys):
    path = tmp_path / "record.html"

    assert main(["profile", "check", "demo", "--record", str(path), "--language", "fi"]) == 2

    assert capsys.readouterr().err == "dsar profile: --language: 'fi' cannot be used; allowed: en\n"
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "language"), [("sono", "fi"), ("sonetel", "sv"), ("closeq", "pl"), ("closare", "en")]
)
def test_the_record_is_drawn_in_the_companys_first_language(name, language, tmp_path):
    # GDPR 30
    path = tmp_path / "record.html"
    main(["profile", "check", name, "--record", str(path)])
    page = Page(path.read_text(encoding="utf-8"))
    text = words(" ".join(page.text))
    assert page.lang == language
    for category in profile_of(name).categories.values():
        assert said(category.title, language) in text
        assert said(category.source, language) in text


@pytest.mark.parametrize("name", COMPANIES)
def test_the_record_says_of_each_category_what_the_law_asks(name, tmp_path):
    text = words(" ".join(drawn(name, tmp_path).text))
    profile = profile_of(name)
    for category in profile.categories.values():
        told = [category.title, category.purpose, category.data, category.source, category.automated]
        told += [one.words for one in category.retention]
        told += [basis.because for basis in category.legal_basis]
        told += [profile.holds[hold].statute for hold in category.holds]
        told += [one.what for one in profile.recipients_of(category)]
        assert [one for one in told if one is not None and said(one, "en") not in text] == []
        named = [one.name for one in profile.recipients_of(category) if one.name]
        assert all(name in text for name in named)


@pytest.mark.parametrize("name", COMPANIES)
def test_the_record_can_be_read_by_everybody_and_needs_nothing_else(name, tmp_path):
    page = drawn(name, tmp_path)
    assert page.lang == "en"
    assert page.outside == []
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    steps = zip(page.headings, page.headings[1:], strict=False)
    assert all(later <= earlier + 1 for earlier, later in steps)


def test_what_is_unset_is_seen_in_the_record(tmp_path):
    text = words(" ".join(drawn("closare", tmp_path).text))
    assert "Registered as not stated" in text
    assert "Supervisory authority not stated" in text
    assert "Time limit not stated" in text


def test_a_processors_part_stands_for_itself(tmp_path):
    assert "Article 30(2) GDPR" in words(" ".join(drawn("sono", tmp_path).text))
    assert "Article 30(2) GDPR" not in words(" ".join(drawn("sonetel", tmp_path).text))


def test_what_a_profile_says_cannot_become_markup(tmp_path):
    text = (shipped("profiles") / "demo.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(
        text.replace('name = "Demo Voice Oy"', "name = '<script>alert(1)</script>'"), encoding="utf-8"
    )
    main(["profile", "check", str(path), "--record", str(tmp_path / "record.html")])
    assert "<script" not in (tmp_path / "record.html").read_text(encoding="utf-8")
