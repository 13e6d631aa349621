"""Whoever is killed, nothing is left behind, and the next start finds what was committed."""

import subprocess
import time

import psutil
import pytest

from .client import ask, valkey
from .launcher import kill_hard, runs, wait_until_gone

MAKE = ("CREATE TABLE IF NOT EXISTS kept (n int)", "INSERT INTO kept VALUES (7)")


def test_a_killed_parent_takes_both_children_along(launcher):
    parent = launcher.launch(launcher.folder())
    everyone = [process.pid for process in psutil.Process(parent.process.pid).children(recursive=True)]
    parent.kill()
    wait_until_gone(everyone)


def test_a_parent_that_forgets_to_stop_leaves_nobody(launcher):
    parent = launcher.launch(launcher.folder())
    parent.close()
    wait_until_gone(parent.children)


async def test_a_start_right_after_the_parent_was_killed_waits_for_the_old_children(launcher):
    data_dir = launcher.folder()
    for _ in range(5):
        parent = launcher.launch(data_dir)
        await ask(parent.facts["database_url"], *MAKE)
        parent.kill()
    assert await ask(launcher.launch(data_dir).facts["database_url"], "SELECT count(*) FROM kept") == 5


def test_a_killed_parent_lets_postgres_shut_down_cleanly(launcher):
    data_dir = launcher.folder()
    parent = launcher.launch(data_dir)
    parent.kill()
    wait_until_gone(parent.children)
    launcher.launch(data_dir)
    assert "recovery" not in (data_dir / "postgres.log").read_text()


async def test_a_killed_postgres_is_revived_with_every_commit(launcher):
    parent = launcher.launch(launcher.folder())
    await ask(parent.facts["database_url"], *MAKE)
    before = parent.facts["postgres_pid"]
    kill_hard(before)
    after = parent.order("revive")
    assert after["revived"] == ["Postgres"]
    assert after["postgres_pid"] != before
    assert await ask(after["database_url"], "SELECT n FROM kept") == 7


def test_a_killed_valkey_is_revived_with_its_queue(launcher):
    parent = launcher.launch(launcher.folder())
    with valkey(parent.facts["redis_url"]) as client:
        client.set("queued", "1")
        time.sleep(1.2)  # the append-only file is synced every second
    kill_hard(parent.facts["valkey_pid"])
    after = parent.order("revive")
    assert after["revived"] == ["Valkey"]
    with valkey(after["redis_url"]) as client:
        assert client.get("queued") == "1"


def test_both_killed_are_both_revived(launcher):
    parent = launcher.launch(launcher.folder())
    for pid in parent.children:
        kill_hard(pid)
    assert parent.order("revive")["revived"] == ["Postgres", "Valkey"]
    assert parent.facts["alive"]


def test_nothing_is_revived_while_all_live_or_after_stop(launcher):
    parent = launcher.launch(launcher.folder())
    assert parent.order("revive")["revived"] == []
    parent.order("stop")
    assert parent.order("revive")["revived"] == []


async def test_everyone_killed_at_once_starts_again(launcher):
    data_dir = launcher.folder()
    parent = launcher.launch(data_dir)
    await ask(parent.facts["database_url"], *MAKE)
    for pid in parent.children:
        psutil.Process(pid).kill()
    parent.kill()
    assert await ask(launcher.launch(data_dir).facts["database_url"], "SELECT n FROM kept") == 7


@pytest.mark.parametrize("seconds", [0.1, 0.25, 0.4, 0.6])
def test_a_parent_killed_while_it_makes_the_cluster_does_no_harm(launcher, seconds):
    data_dir = launcher.folder()
    parent = launcher.begin(data_dir)
    time.sleep(seconds)
    parent.kill()
    assert launcher.launch(data_dir).facts["alive"]


def test_a_stale_pid_file_whose_pid_is_somebody_elses_now_does_no_harm(launcher):
    data_dir = launcher.folder()
    parent = launcher.launch(data_dir)
    pid_files = [data_dir / "pgdata/postmaster.pid", data_dir / "run/.s.PGSQL.5432.lock"]
    stale = [file.read_text() for file in pid_files]
    owner = psutil.Process(parent.facts["postgres_pid"]).uids().real
    old = parent.facts["postgres_pid"]
    parent.order("stop")
    parent.close()
    with subprocess.Popen(["/bin/sleep", "60"], user=owner) as stranger:
        for file, text in zip(pid_files, stale, strict=True):
            file.write_text(text.replace(str(old), str(stranger.pid)))
        try:
            assert launcher.launch(data_dir).facts["alive"]
            assert runs(stranger.pid)
        finally:
            stranger.kill()
