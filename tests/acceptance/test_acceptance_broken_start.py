"""What is broken at the start is named in one line, with its remedy; nothing starts half."""

import base64
import json
import secrets
import socket

import asyncpg
import pytest
from support.house import dsar, roomy_folder

KEY = base64.b64encode(bytes(range(32))).decode()
NOBODY = "postgresql://127.0.0.1:1/dsar"
PROFILE = """
key = "mine"
regime = "EU_GDPR"
rights = ["access"]
controller_for = ["prospect"]
callers = "forward"
[operator]
name = "Mine Oy"
country = "FI"
timezone = "Europe/Helsinki"
contact = "privacy@mine.example"
languages = ["en"]
[operator.authority]
name = "Tietosuojavaltuutetun toimisto"
url = "https://tietosuoja.fi"
[categories.contact]
title = "Contact"
purpose = "To answer"
legal_basis = [{ article = "GDPR 6(1)(f)" }]
source = "You"
retention = [{ words = "A year", period = "1y", counted_from = "collection" }]
"""


@pytest.fixture(scope="module")
def place():
    with roomy_folder() as folder:
        yield folder


@pytest.fixture
def working(database_url, redis_url, place):
    """Settings with which `serve` and `work` would start."""
    return {
        "DSAR_DATABASE_URL": database_url,
        "DSAR_REDIS_URL": redis_url,
        "DSAR_BLOB_URL": f"file://{place / 'blobs'}",
        "DSAR_OPERATOR_KEY": KEY,
        "DSAR_PORT": "0",
    }


def refused(ran, *words):
    """One line that names these, exit 2, no trace and nothing on the output."""
    assert ran.returncode == 2, ran.stderr
    assert ran.stdout == ""
    assert ran.stderr.count("\n") == 1, ran.stderr
    for word in words:
        assert word in ran.stderr
    return True


SETTINGS = [
    ("DSAR_DATABASE_URL", "", ["not set", "docs/settings.md"]),
    ("DSAR_DATABASE_URL", NOBODY, ["check the address"]),
    ("DSAR_DATABASE_URL", "nonsense", ["for example postgresql://"]),
    ("DSAR_REDIS_URL", "", ["not set"]),
    ("DSAR_REDIS_URL", "nonsense", ["for example redis://"]),
    ("DSAR_BLOB_URL", "", ["not set"]),
    ("DSAR_BLOB_URL", "nonsense", ["for example file:///"]),
    ("DSAR_BLOB_URL", "gopher://x", ["for example file:///"]),
    ("DSAR_BLOB_URL", "file://blobs", ["no absolute folder", "three slashes"]),
    ("DSAR_BLOB_URL", "file:///proc/nowhere", ["cannot be made", "check the path"]),
    ("DSAR_OPERATOR_KEY", "", ["not set"]),
    ("DSAR_OPERATOR_KEY", "???", ["openssl rand -base64 32"]),
    ("DSAR_OPERATOR_KEY", base64.b64encode(b"too short").decode(), ["32 bytes", "openssl rand -base64 32"]),
    ("DSAR_OPERATOR_KEY_FILE", "/nowhere/key", ["cannot be read", "check the path"]),
    ("DSAR_PROFILE", "nobody", ["give a path to a .toml", "demo"]),
    ("DSAR_PROFILE", "/nowhere/mine.toml", ["/nowhere/mine.toml"]),
    ("DSAR_SMTP_URL", "http://mail", ["smtps://"]),
    ("DSAR_OPENDSR_CERTIFICATE", "nonsense", ["DSAR_OPENDSR_PRIVATE_KEY", "set both"]),
    ("DSAR_SWEEP_SECONDS", "soon", ["float", "docs/settings.md"]),
    ("DSAR_ALLOW_HTTP_TO_LOOPBACK", "perhaps", ["bool", "docs/settings.md"]),
]


@pytest.mark.parametrize(("name", "value", "words"), SETTINGS)
def test_a_broken_setting_is_named(working, name, value, words):
    assert refused(dsar("work", **working | {name: value}), name, *words)


@pytest.mark.parametrize("command", ["serve", "work"])
def test_both_parts_refuse_alike(working, command):
    assert refused(dsar(command, **working | {"DSAR_REDIS_URL": "nonsense"}), "DSAR_REDIS_URL")
    assert refused(dsar(command, **working | {"DSAR_DATABASE_URL": NOBODY}), "DSAR_DATABASE_URL")


def test_a_port_that_is_taken_is_named(working):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = dsar("serve", **working | {"DSAR_PORT": str(taken.getsockname()[1])})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.splitlines()[-1].startswith("dsar serve: DSAR_HOST, DSAR_PORT: ")


@pytest.mark.parametrize("command", [["migrate"], ["audit", "verify"], ["staff", "add", "Somebody"]])
def test_commands_that_need_the_database_say_so(command):
    assert refused(dsar(*command), "DSAR_DATABASE_URL", "not set")
    assert refused(dsar(*command, DSAR_DATABASE_URL=NOBODY), "DSAR_DATABASE_URL", "check the address")


async def test_a_database_without_tables_is_sent_to_migrate(working, embedded):
    name = f"empty_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(embedded.admin_url)
    await connection.execute(f"CREATE DATABASE {name} OWNER dsar")
    url = embedded.database_url.replace("/dsar?", f"/{name}?")
    try:
        assert refused(
            dsar("work", **working | {"DSAR_DATABASE_URL": url}), "DSAR_DATABASE_URL", "dsar migrate"
        )
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


PROFILES = [
    ('callers = "forward"', 'callers = "shout"', ["callers", "shout"]),
    ('rights = ["access"]', 'rights = ["acces"]', ["rights"]),
    ('rights = ["access"]', "rights = []", ["rights", "is empty"]),
    ('country = "FI"', 'country = "Finland"', ["country", "Finland"]),
    ('timezone = "Europe/Helsinki"', 'timezone = "Helsinki"', ["timezone", "Helsinki"]),
    ('languages = ["en"]', "languages = []", ["operator.languages", "is empty"]),
    ('regime = "EU_GDPR"', 'regime = "GDPR"', ["regime"]),
    (
        'legal_basis = [{ article = "GDPR 6(1)(f)" }]',
        'legal_basis = [{ article = " " }]',
        ["categories.contact.legal_basis", "GDPR 6(1)(b)"],
    ),
    ('key = "mine"', 'key = "mine"\npromise = "soon"', ["promise", "soon"]),
    ('key = "mine"', 'key = "mine"\nunknown = 1', ["unknown"]),
    ('key = "mine"', "key = ", ["mine.toml"]),
    ('name = "Mine Oy"', "", ["name", "operator"]),
]


@pytest.mark.parametrize(("old", "new", "words"), PROFILES)
def test_a_broken_profile_is_named_by_its_field(place, old, new, words):
    path = place / "mine.toml"
    path.write_text(PROFILE.replace(old, new, 1))

    assert refused(dsar("profile", "check", str(path)), "mine.toml", *words)


def test_the_profile_they_are_broken_from_is_sound(place):
    path = place / "sound.toml"
    path.write_text(PROFILE)

    assert dsar("profile", "check", str(path)).returncode == 0


@pytest.mark.parametrize("command", [["up", "--data"], ["demo", "--out"]])
def test_what_starts_everything_starts_nothing_on_a_broken_profile(place, command):
    path = place / "broken.toml"
    path.write_text(PROFILE.replace("EU_GDPR", "GDPR"))
    data = place / secrets.token_hex(4)

    ran = dsar(*command, str(data), "--profile", str(path))

    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert "broken.toml" in ran.stderr
    assert "regime" in ran.stderr
    assert not (data / "sql").exists()


SYSTEM = {
    "connector": "sql",
    "roles": ["controller"],
    "settings": {"url": NOBODY, "tables": []},
}


def table(**changed):
    return {"settings": {"url": NOBODY, "tables": [], **changed}}


SYSTEMS = [
    ({"connector": "nobodys"}, ["connector", "nobodys", "sql"]),
    ({"roles": ["owner"]}, ["roles"]),
    ({"titel": "x"}, ["titel"]),
    ({"settings": {}}, ["docs/connectors"]),
    (table(tabels=[]), ["tabels"]),
    (table(tables=[{"name": "contact"}]), ["tables"]),
]


@pytest.mark.parametrize(("changed", "words"), SYSTEMS)
def test_a_broken_mapping_is_named_and_nothing_is_added(working, place, changed, words):
    path = place / "crm.json"
    path.write_text(json.dumps(SYSTEM | changed))

    assert refused(dsar("connector", "add", "crm", str(path), **working), *words)
    assert "no such system" in dsar("connector", "check", "crm", **working).stdout


@pytest.mark.parametrize("text", ["", "connector = ", "{"])
@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_a_file_that_cannot_be_read_is_named(working, place, text, suffix):
    path = place / f"system.{suffix}"
    path.write_text(text)

    assert refused(dsar("connector", "add", "crm", str(path), **working), path.name)


def test_another_key_than_the_databases_own_is_refused(working, place):
    path = place / "calls.json"
    recordings = place / "recordings"
    recordings.mkdir()
    settings = {"recordings_dir": str(recordings), "region": "FI", "timezone": "UTC"}
    (place / "Master.csv").write_text("")
    settings["master_csv"] = str(place / "Master.csv")
    path.write_text(json.dumps({"connector": "asterisk", "roles": ["processor"], "settings": settings}))
    added = dsar("connector", "add", "calls", str(path), **working)
    assert added.returncode == 0, added.stderr

    other = base64.b64encode(secrets.token_bytes(32)).decode()

    assert refused(
        dsar("work", **working | {"DSAR_OPERATOR_KEY": other}), "DSAR_OPERATOR_KEY", "is not the key"
    )
