import os
import threading
from pathlib import Path

import pytest

from dsar.embedded import AlreadyRunning, EmbeddedError, start
from dsar.embedded.lock import Lock

from .launcher import kill_hard, runs


def test_a_second_start_names_the_first_and_leaves_it_alone(launcher):
    data_dir = launcher.folder()
    first = launcher.launch(data_dir)
    said = launcher.fail(data_dir)
    assert said.startswith("AlreadyRunning: ")
    assert f"process {first.process.pid}:" in said
    assert all(runs(pid) for pid in first.children)


def test_the_folder_is_free_once_the_first_has_stopped(launcher):
    data_dir = launcher.folder()
    first = launcher.launch(data_dir)
    first.order("stop")
    assert launcher.launch(data_dir).facts["alive"]


def test_the_children_do_not_hold_the_lock(launcher):
    data_dir = launcher.folder()
    parent = launcher.launch(data_dir)
    for pid in parent.children:
        held = [file.readlink() for file in Path(f"/proc/{pid}/fd").iterdir()]
        assert data_dir / "postgres.log" in held or data_dir / "valkey.log" in held
        assert data_dir / "lock" not in held


def test_a_second_lock_in_one_process_is_refused_too(ourselves):
    data_dir = ourselves.folder()
    lock = Lock(data_dir)
    try:
        with pytest.raises(AlreadyRunning, match=str(os.getpid())):
            Lock(data_dir)
    finally:
        lock.release()
    lock.release()


def test_an_ordinary_user_is_told_whose_folder_it_is(as_root, ordinary_user):
    data_dir = as_root.folder()
    as_root.launch(data_dir).order("stop")
    said = ordinary_user.fail(data_dir)
    assert said.startswith("EmbeddedError: ")
    assert "of uid 0" in said


def test_root_takes_over_the_account_of_the_folder_and_gives_it_back(as_root, ordinary_user):
    data_dir = ordinary_user.folder()
    ordinary_user.launch(data_dir).order("stop")
    roots = as_root.launch(data_dir)
    assert roots.facts["alive"]
    kill_hard(roots.facts["valkey_pid"])
    roots.order("stop")
    assert ordinary_user.launch(data_dir).facts["alive"]


def test_start_refuses_another_thread_than_the_main_one(ourselves):
    caught = []

    def attempt():
        try:
            start(ourselves.folder())
        except EmbeddedError as error:
            caught.append(str(error))

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert "main thread" in caught[0]
