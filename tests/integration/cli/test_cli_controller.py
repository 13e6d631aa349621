"""`dsar controller`: what it prints works, and what cannot be used is said in a line and stored nowhere."""

import asyncio
import base64
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

import asyncpg
import pytest

from dsar.cli import main
from dsar.domain.controllers import ALL_SCOPES
from dsar.vault.keys import token_digest

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def dsar(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `dsar controller …`: its exit code, what it printed and what it complained of."""
    monkeypatch.setenv("DSAR_DATABASE_URL", database_url)
    monkeypatch.setenv("DSAR_OPERATOR_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
    monkeypatch.setenv("DSAR_ALLOW_HTTP_TO_LOOPBACK", "true")

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["controller", *words])
        said = capsys.readouterr()
        return code, said.out.strip(), said.err.strip()

    return run


async def offered(run: Run, *words: str) -> tuple[int, str, str]:
    """The command in a thread of its own: it has an event loop of its own."""
    return await asyncio.to_thread(run, *words)


async def rows(url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        found: list[asyncpg.Record] = await connection.fetch(sql)
        return found
    finally:
        await connection.close()


async def added(run: Run, *words: str) -> dict[str, str]:
    code, out, err = await offered(run, "add", "Pizzeria", "--tenant", "t1", *words)
    assert (code, err) == (0, "")
    told: dict[str, str] = json.loads(out)
    return told


async def test_a_controller_is_added_whole(dsar: Run, database_url: str) -> None:
    told = await added(
        dsar, "--number", "+358401112233", "--also-known-as", "Pizza", "--also-known-as", "Pizza Oy",
        "--callers", "refer", "--email", "privacy@pizzeria.example", "--webhook", "http://127.0.0.1:9/hook",
        "--payload", "full", "--key-days", "30",
    )  # fmt: skip
    (controller,) = await rows(database_url, "SELECT * FROM controller")
    assert str(controller["id"]) == told["id"]
    assert controller["other_names"] == ["Pizza", "Pizza Oy"]
    assert (controller["callers"], controller["contact_email"]) == ("refer", "privacy@pizzeria.example")
    (key,) = await rows(database_url, "SELECT * FROM credential")
    assert key["digest"] == token_digest(told["key"])
    assert sorted(key["scopes"]) == sorted(ALL_SCOPES)
    assert 29 <= (key["expires_at"] - datetime.now(UTC)).days <= 30
    (endpoint,) = await rows(database_url, "SELECT * FROM endpoint")
    assert (endpoint["url"], endpoint["payload"]) == ("http://127.0.0.1:9/hook", "full")
    assert told["webhook_secret"].startswith("whsec_")
    assert len(await rows(database_url, "SELECT * FROM member")) == 1


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["--number", "12"], "telephone_numbers"),
        (["--email", "x"], "email"),
        (["--webhook", "https://10.0.0.1/"], "webhook.url"),
        (["--webhook", "http://example.com/"], "webhook.url"),
        (["--email", "a@b.example", "--language", "tlh"], "language"),
        (["--also-known-as", ""], "other_names"),
    ],
)
async def test_what_cannot_be_used_is_named_in_a_line_and_nothing_is_stored(
    dsar: Run, database_url: str, words: list[str], field: str
) -> None:
    code, out, err = await offered(dsar, "add", "Pizzeria", "--tenant", "t1", *words)
    assert (code, out, err.count("\n")) == (2, "", 0)
    assert err.startswith(f"dsar controller: {field}: ")
    for table in ("controller", "credential", "member", "endpoint"):
        assert await rows(database_url, f"SELECT * FROM {table}") == []


async def test_a_tenant_that_is_taken_is_named(dsar: Run, database_url: str) -> None:
    await added(dsar)
    code, _, err = await offered(dsar, "add", "Other", "--tenant", "t1")
    assert (code, err.split(": ")[1]) == (2, "tenant")
    assert len(await rows(database_url, "SELECT * FROM credential")) == 1


async def test_the_list_names_each(dsar: Run) -> None:
    told = await added(dsar)
    assert await offered(dsar, "list") == (0, f"{told['id']}  t1  Pizzeria", "")


async def test_the_webhook_is_set_and_moved_under_one_secret(dsar: Run, database_url: str) -> None:
    told = await added(dsar)
    code, out, _ = await offered(dsar, "webhook", told["id"], "http://127.0.0.1:9/one")
    assert json.loads(out)["webhook_secret"].startswith("whsec_")
    first = await rows(database_url, "SELECT sealed_secret FROM endpoint")
    code, out, _ = await offered(dsar, "webhook", told["id"], "http://127.0.0.1:9/two")
    assert (code, out) == (0, "")
    assert await rows(database_url, "SELECT sealed_secret FROM endpoint") == first
    code, _, err = await offered(dsar, "webhook", told["id"], "http://example.com/")
    assert (code, err.split(": ")[1]) == (2, "url")


async def test_members_join_and_leave(dsar: Run) -> None:
    told = await added(dsar)
    code, member, _ = await offered(dsar, "member", "add", told["id"], "Minna", "Minna@pizzeria.example")
    assert code == 0
    assert (await offered(dsar, "member", "list", told["id"]))[
        1
    ] == f"{member}  en  minna@pizzeria.example  Minna"
    code, _, err = await offered(dsar, "member", "add", told["id"], "Minna", "minna@pizzeria.example")
    assert (code, err.split(": ")[1]) == (2, "email")
    assert (await offered(dsar, "member", "remove", told["id"], member))[0] == 0
    assert (await offered(dsar, "member", "list", told["id"]))[1] == ""


async def test_keys_are_made_listed_and_ended_the_last_one_too(dsar: Run, database_url: str) -> None:
    told = await added(dsar)
    code, out, _ = await offered(
        dsar, "key", "add", told["id"], "Import", "--scope", "cases:read", "--days", "7"
    )
    made = json.loads(out)
    assert (code, made["scopes"]) == (0, ["cases:read"])
    lines = (await offered(dsar, "key", "list", told["id"]))[1].splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(f"{made['id']}  Import  until ")
    assert lines[1].endswith("last used never: cases:read")
    for line in lines:
        assert (await offered(dsar, "key", "revoke", told["id"], line.split()[0]))[0] == 0
    assert (await offered(dsar, "key", "list", told["id"]))[1] == ""
    assert made["key"] not in str(await rows(database_url, "SELECT * FROM credential"))


@pytest.mark.parametrize("words", [["webhook", "{id}", "http://127.0.0.1:9/"], ["member", "add", "{id}", "M", "m@example.com"],
                                   ["key", "add", "{id}", "K"], ["key", "revoke", "{id}", "{id}"], ["member", "remove", "{id}", "{id}"]])  # fmt: skip
async def test_a_controller_that_is_not_there_is_said_so(dsar: Run, words: list[str]) -> None:
    absent = "0192f0c4-7d7e-7000-8000-000000000000"
    code, out, err = await offered(dsar, *(word.replace("{id}", absent) for word in words))
    assert (code, out) == (2, "")
    assert err.startswith("dsar controller: no such ")
