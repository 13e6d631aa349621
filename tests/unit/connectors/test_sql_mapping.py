"""The postgres connector's mapping: contradictions are found before any database is asked."""

import pathlib
import re
import tomllib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.contract import Ref, Refused
from dsar_sql import Settings, SettingsError
from dsar_sql.comparison import international, spellings
from dsar_sql.identifiers import quote, quote_table
from dsar_sql.references import Place, read, row_ref, subject_row, write
from dsar_sql.suppression import Suppression
from dsar_sql.tables import FromColumn, Identifier, Keep, National, OnErase, Path, Table
from dsar_sql.tree import Tree

FINLAND = National("358", "0")


def table(name="contact", **fields):
    fields.setdefault("key", ("id",))
    if "path" not in fields:
        fields.setdefault("subject", {"email": "email"})
    return {"name": name, "category": "contact", "description": "-", **fields}


def settings(*tables, **more):
    return msgspec.convert({"url": "postgresql://db/x", "tables": tables, **more}, Settings)


def path(to, **on):
    return {"table": to, "on": on or {"contact_id": "id"}}


def test_a_mapping_is_read_from_toml_with_the_short_and_the_long_form_of_an_identifier():
    text = """
    url = "postgresql://db/x"
    [[tables]]
    name = "contact"
    category = "contact"
    description = "-"
    key = ["id"]
    subject = { email = "mail", phone = { column = "tel", sure = false, national = { calling_code = "358", trunk = "0" } } }
    """
    (contact,) = msgspec.convert(tomllib.loads(text), Settings).tables
    assert contact.on_erase is OnErase.ERASE
    assert contact.identifiers() == {"email": Identifier("mail"), "phone": Identifier("tel", False, FINLAND)}


MAIL_AND_PHONE = {"email": "email", "phone": {"column": "phone", "sure": False}}


@pytest.mark.parametrize(
    ("tables", "more", "says"),
    [
        ([], {}, "declare each table"),
        ([table(), table()], {}, "declare each table once"),
        (
            [table("a", path=path("b")), table("b", path=path("a"))],
            {},
            "tables.b.path: the path goes round in a circle",
        ),
        ([table("a", path=path("a"))], {}, "circle"),
        (
            [table(), table("call", path=path("contacts"))],
            {},
            "tables.call.path: table 'contacts' is not declared",
        ),
        ([table(), table("call", path={"table": "contact", "on": {}})], {}, "tables.call.path.on"),
        ([table(subject={})], {}, "tables.contact.subject: give either"),
        (
            [table(), table("call", path=path("contact"), subject={"email": "email"})],
            {},
            "tables.call.subject: give either",
        ),
        ([table(key=())], {}, "tables.contact.key"),
        ([table(serves=["processor"])], {}, "tables.contact.tenant: the processor role needs one"),
        (
            [table(), table("call", path=path("contact"), tenant="t")],
            {},
            "tables.call.tenant: its subject table 'contact'",
        ),
        ([table(), table("call", path=path("contact"), serves=["controller"])], {}, "tables.call.serves"),
        ([table(on_erase="keep")], {}, "tables.contact.keep"),
        ([table(keep={"ground": "x"})], {}, "tables.contact.keep"),
        ([table(minimise=["email"], subject=MAIL_AND_PHONE)], {}, "minimise: no sure identifier"),
        ([table(minimise=["id"])], {}, "minimise: 'id' ties"),
        ([table(minimise=["x"], on_erase="suppression")], {}, "minimise: is for erased tables"),
        ([table(), table("call", path=path("contact"), on_erase="suppression")], {}, "tables.call.on_erase"),
        ([table(rectify=["id"])], {}, "tables.contact.rectify"),
        ([table(key=["email"], subject=MAIL_AND_PHONE)], {}, "keyed by an identifier"),
        (
            [table()],
            {"suppress": [{"table": "stop", "insert": ["email"]}]},
            "suppress, table 'stop': is not declared",
        ),
        ([table()], {"suppress": [{"table": "contact"}]}, "give `insert`"),
        ([table()], {"suppress": [{"table": "contact", "insert": ["email"]}]}, "would wipe the entry"),
        ([table()], {"suppress": [{"table": "contact", "set": {"email": "x"}}]}, "set: 'email'"),
        (
            [table("stop", on_erase="suppression")],
            {"suppress": [{"table": "stop", "insert": ["phone"]}]},
            "insert: the table has no `subject` column for 'phone'",
        ),
        ([table()], {"timezone": "UTC'; DROP"}, "timezone"),
        ([table()], {"url": "mysql://user:hunter2@db/x"}, "url: begins with postgresql://"),
    ],
)
def test_a_contradiction_names_the_setting_and_the_remedy_and_never_the_url(tables, more, says):
    with pytest.raises(msgspec.ValidationError, match=re.escape(says)) as error:
        settings(*tables, **more)
    assert "hunter2" not in str(error.value)


def test_a_contradiction_in_python_is_a_settings_error():
    with pytest.raises(SettingsError, match="key"):
        Settings(url="postgresql://db/x", tables=(msgspec.convert(table(key=()), Table),))


def test_an_unknown_setting_is_refused():
    with pytest.raises(msgspec.ValidationError, match="on_erasure"):
        settings(table(on_erasure="keep"))


def test_minimising_an_unsure_identifier_is_allowed_while_a_sure_one_stays():
    assert settings(table(minimise=["phone"], subject=MAIL_AND_PHONE)).tables[0].minimise == ("phone",)


@pytest.mark.parametrize(
    "struct", [Settings, Table, Identifier, National, Path, Keep, Suppression, FromColumn]
)
def test_every_setting_is_documented(struct):
    page = (pathlib.Path(__file__).parents[3] / "docs/connectors/sql.md").read_text()
    for field in msgspec.structs.fields(struct):
        assert re.search(rf"`[^`\n]*\b{field.encode_name}\b[^`\n]*`", page), field.encode_name


def chain(length):
    tables = [msgspec.convert(table("t0"), Table)]
    for number in range(1, length):
        above = Path(f"t{number - 1}", {"up": "id"})
        tables.append(Table(name=f"t{number}", category="c", description="-", key=("id",), path=above))
    return tables


def test_a_chain_of_paths_ends_at_its_subject_table_in_whatever_order_it_is_declared():
    tables = chain(5)
    tree = Tree(tuple(reversed(tables)))
    assert tree.chain(tables[4]) == tuple(reversed(tables))
    assert tree.family(tables[0]) == tuple(reversed(tables))


def test_a_key_is_personal_if_it_holds_an_identifier_or_a_column_that_equals_one():
    news = table("news", key=["email"])
    topic = table("topic", key=["reader", "topic"], path=path("news", reader="email"))
    click = table("click", key=["id"], path=path("news", reader="email"))
    tree = settings(news, topic, click).tree()
    assert [tree.key_is_personal(t) for t in tree.tables] == [True, True, False]


@given(st.text(min_size=1), st.lists(st.text(), min_size=1).map(tuple))
def test_a_reference_reads_back_whatever_the_key_holds(name, key):
    assert subject_row(row_ref(name, key)) == Place(name, key)
    assert read(write(Place(name))) == Place(name)


def test_a_reference_without_a_key_is_refused():
    with pytest.raises(Refused, match="table:key"):
        subject_row(Ref("row", "contact"))


@pytest.mark.parametrize(
    ("name", "sql"), [("plain", '"plain"'), ('odd"name', '"odd""name"'), ("select; drop", '"select; drop"')]
)
def test_a_name_is_always_quoted(name, sql):
    assert quote(name) == sql


def test_a_table_name_may_have_its_schema_before_it():
    assert quote_table("sales.invoice") == '"sales"."invoice"'


@pytest.mark.parametrize("name", ["", "nul\0", "x" * 64, "ä" * 32])
def test_a_name_that_postgres_cannot_hold_is_refused(name):
    with pytest.raises(Refused, match="63 bytes"):
        quote(name)


@pytest.mark.parametrize("written", ["+358 40 123 4567", "00358401234567", "040-123 4567"])
def test_every_written_form_of_a_number_is_compared(written):
    bare = "".join(c for c in written if c in "+0123456789")
    assert bare in spellings("+358401234567", FINLAND)
    assert international(written, FINLAND) == "+358401234567"


def test_a_foreign_number_is_never_compared_in_national_form():
    assert spellings("+46401234567", FINLAND) == ["+46401234567", "0046401234567"]
