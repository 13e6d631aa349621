"""The sql connector's mapping: contradictions are found before any database is asked."""

import pathlib
import re
import tomllib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.contract import Ref, Refused, Role
from dsar_sql import Settings, SettingsError
from dsar_sql.dialects.mysql.address import arguments
from dsar_sql.dialects.mysql.spelling import Mysql
from dsar_sql.dialects.postgres.spelling import Postgres
from dsar_sql.dialects.sqlite.spelling import Sqlite
from dsar_sql.mapping.conversation import MadeBy, Turns
from dsar_sql.mapping.pointers import Pointer, without
from dsar_sql.mapping.suppression import Suppression
from dsar_sql.mapping.tables import FromColumn, Identifier, Keep, National, OnErase, Path, Table
from dsar_sql.mapping.tree import Tree
from dsar_sql.reading.comparison import identities, international, spellings
from dsar_sql.reading.references import Place, read, row_ref, subject_row, write

FINLAND = National("358", "0")


def table(name="contact", **fields):
    fields.setdefault("key", ("id",))
    if "path" not in fields:
        fields.setdefault("subject", {"email": "email"})
    return {"name": name, "category": "contact", "description": "-", **fields}


def anonymised(name="contact", **fields):
    fields.setdefault("emptied", ["email"])
    return table(name, on_erase="anonymise", **fields)


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
        ([table()], {"url": "oracle://user:hunter2@db/x"}, "url: begins with postgresql://, mysql://"),
        ([table()], {"url": "sqlite:hunter2.db"}, "url: begins with"),
        ([table()], {"ignore": {"contact": "x"}}, "ignore.contact: the table is declared in tables too"),
        ([table()], {"ignore": {"rate": " "}}, "ignore.rate: has no reason"),
        ([table(others=["meta//name"])], {}, "others: 'meta//name' is no column or place in one"),
        ([table(others=["meta/a"], exclude={"meta": "x"})], {}, "others: 'meta/a' is excluded"),
        ([table(emptied=["email"])], {}, 'anonymous, emptied, replaced: belong to `on_erase = "anonymise"`'),
        ([anonymised(key=["email"])], {}, "on_erase: the key is an identifier"),
        ([anonymised(emptied=[])], {}, "subject.email: an identifier would stay; add 'email'"),
        ([anonymised(anonymous=["email"])], {}, "'email' stands in two of them"),
        ([anonymised(emptied=["email", "id"])], {}, "key: 'id' tells the rows apart"),
        ([anonymised(emptied=["email", "t"], tenant="t")], {}, "tenant: 't' would be cleared"),
        ([anonymised(anonymous=["meta"], others=["meta/a"])], {}, "others: 'meta/a' is about people"),
        (
            [table(), anonymised("score", path=path("contact"), emptied=["remark"])],
            {},
            "tables.score.path.on: 'contact_id' ties the row to the person",
        ),
        (
            [anonymised(), table("bill", path=path("contact"), on_erase="keep", keep={"ground": "x"})],
            {},
            "tables.contact.on_erase: rows of 'bill' stay and lead to these",
        ),
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
    "struct", [Settings, Table, Identifier, National, Path, Keep, Suppression, FromColumn, Turns, MadeBy]
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


DIALECTS = (Postgres(), Mysql(), Sqlite())


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: type(d).__name__)
@pytest.mark.parametrize(
    ("name", "sql"), [("plain", '"plain"'), ('odd"name', '"odd""name"'), ("select; drop", '"select; drop"')]
)
def test_a_name_is_always_quoted(dialect, name, sql):
    assert dialect.quote(name) == sql


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: type(d).__name__)
def test_a_table_name_may_have_its_schema_before_it(dialect):
    assert dialect.quote_table("sales.invoice") == '"sales"."invoice"'


def test_a_percent_sign_in_a_name_is_no_place_for_a_value():
    assert Mysql().quote("100%(v1)s") % {"v1": "x"} == '"100%(v1)s"'


@pytest.mark.parametrize("name", ["", "nul\0", "x" * 64, "ä" * 32])
def test_a_name_that_postgres_cannot_hold_is_refused(name):
    with pytest.raises(Refused, match="63 bytes"):
        Postgres().quote(name)


@pytest.mark.parametrize("name", ["", "nul\0", "ä" * 65])
def test_a_name_that_mariadb_cannot_hold_is_refused(name):
    with pytest.raises(Refused, match="longer than 64"):
        Mysql().quote(name)


@pytest.mark.parametrize("written", ["+358 40 123 4567", "00358401234567", "040-123 4567"])
def test_every_written_form_of_a_number_is_compared(written):
    bare = "".join(c for c in written if c in "+0123456789")
    assert bare in spellings("+358401234567", FINLAND)
    assert international(written, FINLAND) == "+358401234567"


def test_a_foreign_number_is_never_compared_in_national_form():
    assert spellings("+46401234567", FINLAND) == ["+46401234567", "0046401234567"]


@given(
    st.from_regex(r"[+0-9][0-9]{4,14}", fullmatch=True),
    st.sampled_from([FINLAND, National("44", "0"), National("1"), National("39"), National("7", "8")]),
)
def test_the_identities_that_a_number_is_are_those_that_a_search_finds_it_by(written, national):
    for ref in identities("phone", written, Identifier("phone", national=national)):
        assert written in spellings(ref.value, national)
        assert ref.value.startswith("+")


@pytest.mark.parametrize(
    ("written", "national", "numbers"),
    [
        ("040 123 4567", FINLAND, ["+358401234567"]),
        ("+358 (0)40 123 4567", FINLAND, ["+3580401234567", "+358401234567"]),
        ("00358401234567", FINLAND, ["+358401234567"]),
        ("202 555 0100", National("1"), ["+12025550100"]),
        ("+358401234567", None, ["+358401234567"]),
    ],
)
def test_a_written_number_is_named_in_its_international_form(written, national, numbers):
    refs = identities("phone", written, Identifier("phone", national=national))
    assert set(numbers) <= {ref.value for ref in refs}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("meta", ["/meta"]),
        ("meta/a", ["/meta/a"]),
        ("meta/no", []),
        ("meta/people/*/name", ["/meta/people/0/name", "/meta/people/1/name"]),
        ("meta/people/1/name", ["/meta/people/1/name"]),
        ("meta/people/01/name", []),
        ("meta/people/-/name", []),
        ("meta/people/*", ["/meta/people/0", "/meta/people/1", "/meta/people/2"]),
        ("meta/sl~1ash/ti~0lde", ["/meta/sl~1ash/ti~0lde"]),
        ("me~1ta/a", ["/me~1ta/a"]),
        ("meta/*", []),
    ],
)
def test_a_pointer_leads_to_the_places_that_are_there(text, places):
    value = {"a": None, "people": [{"name": "x"}, {"name": "y"}, {}], "sl/ash": {"ti~lde": 1}}
    assert list(Pointer.read(text).places(value)) == places


@pytest.mark.parametrize(
    ("path_", "left"),
    [
        ("a", {"people": [{"name": "x", "age": 1}, {"age": 2}, 3]}),
        ("people/*/age", {"a": 1, "people": [{"name": "x"}, {}, 3]}),
        ("people/*", {"a": 1, "people": []}),
        ("people/0", {"a": 1, "people": [{"age": 2}, 3]}),
        ("people/9", {"a": 1, "people": [{"name": "x", "age": 1}, {"age": 2}, 3]}),
        ("nothing/there", {"a": 1, "people": [{"name": "x", "age": 1}, {"age": 2}, 3]}),
    ],
)
def test_what_is_excluded_within_json_leaves_no_trace(path_, left):
    value = {"a": 1, "people": [{"name": "x", "age": 1}, {"age": 2}, 3]}
    assert without(value, tuple(path_.split("/"))) == left


def test_the_roles_that_a_mapping_answers_for_need_a_tenant_for_the_processors():
    assert settings(table()).roles() == {Role.CONTROLLER}
    assert settings(table(tenant="t")).roles() == {Role.CONTROLLER, Role.PROCESSOR}
    assert settings(table(tenant="t", serves=["processor"])).roles() == {Role.PROCESSOR}


def test_what_settings_print_holds_no_password():
    assert "hunter2" not in repr(settings(table(), url="mysql://u:hunter2@db/x"))


@pytest.mark.parametrize(
    ("url", "given"),
    [
        (
            "mysql://u:p%40ss@db.internal/crm",
            {"user": "u", "password": "p@ss", "host": "db.internal", "port": 3306, "db": "crm"},
        ),
        ("mariadb://u@127.0.0.1:3307/crm", {"host": "127.0.0.1", "port": 3307, "ssl": None}),
        ("mysql://u@db/crm?sslmode=disable", {"ssl": None}),
        ("mysql://u@/crm?unix_socket=/run/m.sock", {"unix_socket": "/run/m.sock", "ssl": None}),
    ],
)
def test_an_address_is_read(url, given):
    read_ = arguments(url)
    assert {name: read_[name] for name in given} == given


def test_what_crosses_a_network_is_encrypted_and_the_server_known_unless_url_says_otherwise():
    context = arguments("mysql://u:p@db.internal/crm")["ssl"]
    assert (context.check_hostname, context.verify_mode.name) == (True, "CERT_REQUIRED")
    required = arguments("mysql://u:p@db.internal/crm?sslmode=require")["ssl"]
    assert (required.check_hostname, required.verify_mode.name) == (False, "CERT_NONE")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@db:port/crm",
        "mysql://u:hunter2@db",
        "mysql://u:hunter2@db/crm?charset=latin1",
        "mysql://u:hunter2@db/crm?sslmode=maybe",
        "mysql://u:hunter2@db/crm?sslmode=verify-ca&sslrootcert=/no/such/file",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_its_password(url):
    with pytest.raises(Refused, match="url") as error:
        arguments(url)
    assert "hunter2" not in str(error.value)
