"""Processes of an earlier run are known by their titles, and nobody else is touched."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from dsar.embedded import EmbeddedError, orphan, postgres, valkey
from dsar.embedded.account import account_for
from dsar.embedded.folder import Folder
from dsar.embedded.wheel import binaries

from .client import ask

TAG = "dsar-postgres-00000test000"
CHILD = f"postgres: {TAG}: checkpointer"
MAIN = f"/somewhere/postgres -c cluster_name={TAG}"


@pytest.fixture
def decoy():
    """A process that calls itself what the test says."""
    # A shell without job control starts what runs in the background with SIGINT ignored, and that is inherited.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    started = []

    def start(title, **identity):
        process = subprocess.Popen([title, "60"], executable="/bin/sleep", **identity)
        started.append(process)
        while not orphan._title(Path(f"/proc/{process.pid}")):  # exec sets it a moment after Popen returns
            time.sleep(0.01)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(orphan, "GRACE_SECONDS", 0.1)
    monkeypatch.setattr(orphan, "PATIENCE_SECONDS", 0.3)


def test_a_main_process_that_does_not_leave_is_asked_politely(decoy, impatient):
    process = decoy(MAIN)
    orphan.end(TAG, os.geteuid(), (signal.SIGINT, signal.SIGTERM))
    assert process.wait(5) == -signal.SIGINT


def test_a_child_of_postgres_gets_the_second_signal_alone(decoy, impatient):
    process = decoy(CHILD)
    orphan.end(TAG, os.geteuid(), (signal.SIGINT, signal.SIGTERM))
    assert process.wait(5) == -signal.SIGTERM


def test_what_cannot_be_ended_is_named(decoy, impatient):
    process = decoy(MAIN)
    with pytest.raises(EmbeddedError, match=str(process.pid)):
        orphan.end(TAG, os.geteuid(), (signal.SIGWINCH,))


def test_a_process_of_another_data_folder_is_left_alone(decoy, impatient):
    process = decoy(MAIN.replace(TAG, "dsar-postgres-ffffffffffff"))
    orphan.end(TAG, os.geteuid(), (signal.SIGKILL,))
    assert process.poll() is None


def test_a_process_of_another_account_with_our_title_is_left_alone(as_root, decoy, impatient):
    process = decoy(MAIN, user=12345)
    orphan.end(TAG, os.geteuid(), (signal.SIGKILL,))
    assert process.poll() is None


def test_the_listing_of_ps_finds_what_proc_finds(launcher, monkeypatch):
    parent = launcher.launch(launcher.folder())
    postmaster = Path(f"/proc/{parent.facts['postgres_pid']}")
    uid, tag = postmaster.stat().st_uid, orphan._title(postmaster).partition("cluster_name=")[2].strip()
    lasting = ("/", f"postgres: {tag}: checkpointer", f"postgres: {tag}: walwriter")  # others come and go
    by_proc = {pid for pid, title in orphan.found(tag, uid) if title.startswith(lasting)}
    monkeypatch.setattr(orphan, "_from_proc", orphan._from_ps)
    by_ps = {pid for pid, title in orphan.found(tag, uid) if title.startswith(lasting)}
    assert by_ps == by_proc
    assert len(by_ps) == 3


async def test_services_that_outlived_their_parent_are_ended_politely_before_the_next_start(launcher):
    data_dir = launcher.folder()
    parent = launcher.launch(data_dir)
    await ask(parent.facts["database_url"], "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    parent.order("stop")
    parent.close()
    outlived = begin_without_death_signal(data_dir)
    facts = launcher.launch(data_dir).facts
    assert [process.wait(5) for process in outlived] == [0, 0]
    assert await ask(facts["database_url"], "SELECT n FROM kept") == 7


def begin_without_death_signal(data_dir):
    """The same services, as they stand alone where the kernel has no death signal."""
    folder = Folder(data_dir, account_for(data_dir, data_dir / "pgdata"))
    programs, run = binaries(folder.runtime, folder.account), data_dir / "run"
    services = postgres.service(folder, programs, run), valkey.service(folder, programs, run)
    identity = {
        "user": folder.account.uid,
        "cwd": "/",
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    processes = [subprocess.Popen(service.command, **identity) for service in services]
    while not all(service.is_ready(child.pid) for service, child in zip(services, processes, strict=True)):
        time.sleep(0.02)
    return processes
