import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from dsar.embedded import default_data_dir
from dsar.embedded.folder import create

from .client import ask, valkey


@pytest.fixture
def private():
    """A folder that its owner alone may enter."""
    path = Path(tempfile.mkdtemp(prefix="dsar-test-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


def test_a_folder_behind_a_closed_one_is_refused_with_the_remedy(as_root, private):
    said = as_root.fail(private / "data")
    assert said.startswith("EmbeddedError: ")
    assert f"chmod o+x {private}" in said


def test_a_missing_folder_is_made_with_its_parents(launcher):
    data_dir = launcher.folder() / "var/lib/dsar"
    assert launcher.launch(data_dir).facts["alive"]
    assert stat.S_IMODE(data_dir.stat().st_mode) == (0o711 if launcher.uid == 0 else 0o700)


def test_a_strict_umask_does_not_close_what_root_makes(as_root):
    before = os.umask(0o077)
    try:
        data_dir = as_root.folder() / "a/b"
        assert as_root.launch(data_dir).facts["alive"]
    finally:
        os.umask(before)


def test_the_mode_of_a_folder_that_was_there_stays(launcher):
    data_dir = launcher.folder()
    data_dir.chmod(0o751)
    launcher.launch(data_dir)
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o751


def test_a_file_in_the_place_of_the_folder_is_named(launcher):
    path = launcher.folder() / "file"
    path.touch()
    assert "is not a folder" in launcher.fail(path)


def test_a_folder_that_cannot_be_made_is_named(ordinary_user):
    assert "cannot create the data folder /usr/dsar" in ordinary_user.fail(Path("/usr/dsar"))


def test_a_symlink_in_the_place_of_our_folder_is_not_followed(launcher):
    data_dir, elsewhere = launcher.folder(), launcher.folder()
    (data_dir / "run").symlink_to(elsewhere)
    said = launcher.fail(data_dir)
    assert said.startswith("EmbeddedError: ")
    assert str(data_dir / "run") in said


def test_the_path_is_made_absolute(launcher, monkeypatch):
    base = launcher.folder()
    monkeypatch.chdir(base)
    assert create(Path("data")) == base / "data"


@pytest.mark.parametrize("name", ["x" * 120, "a space, 100 % 'quoted'"])
async def test_sockets_of_a_long_or_unusual_path_lie_in_a_short_private_folder(launcher, name):
    data_dir = launcher.folder() / name
    parent = launcher.launch(data_dir)
    sockets = Path(parent.facts["redis_url"].removeprefix("unix://")).parent
    assert sockets.parent == Path("/tmp")
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert await ask(parent.facts["database_url"], "SELECT 1") == 1
    with valkey(parent.facts["redis_url"]) as client:
        assert client.ping()
    parent.order("stop")
    assert not sockets.exists()


def test_a_short_folder_that_somebody_planted_is_refused(launcher):
    data_dir = launcher.folder() / ("x" * 120)
    parent = launcher.launch(data_dir)
    sockets = Path(parent.facts["redis_url"].removeprefix("unix://")).parent
    parent.order("stop")
    elsewhere = launcher.folder()
    sockets.symlink_to(elsewhere)
    try:
        assert str(sockets) in launcher.fail(data_dir)
        assert list(elsewhere.iterdir()) == []
    finally:
        sockets.unlink()


def test_the_default_folder_is_the_systems_for_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/dsar")


@pytest.mark.parametrize(
    ("variable", "expected"),
    [(None, "/home/a/.local/share/dsar"), ("/data", "/data/dsar"), ("relative", "/home/a/.local/share/dsar")],
)
def test_the_default_folder_is_in_the_home_of_an_ordinary_user(monkeypatch, variable, expected):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/a")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    if variable:
        monkeypatch.setenv("XDG_DATA_HOME", variable)
    assert default_data_dir() == Path(expected)


def test_an_account_without_a_name_is_refused_with_the_remedy(ordinary_user):
    ordinary_user.uid = 54321
    said = ordinary_user.fail(ordinary_user.folder())
    assert "uid 54321 is not in /etc/passwd" in said


def test_an_account_without_a_name_may_run_a_cluster_that_exists(ordinary_user):
    data_dir = ordinary_user.folder()
    ordinary_user.launch(data_dir).order("stop")
    ordinary_user.uid = 54321
    for path in (data_dir, *data_dir.rglob("*")):
        os.chown(path, 54321, 54321)
    assert ordinary_user.launch(data_dir).facts["alive"]
