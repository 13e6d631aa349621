"""`dsar connector new`: what it writes is a connector, installed outside the tree, found, and passing the kit."""

import os
import shutil
import subprocess
import sys

import pytest

from dsar.cli import main
from dsar.outbound import installed
from dsar.store import shipped
from tests.support.house import bare_environment

TEMPLATES = shipped("templates") / "connector"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def written(elsewhere):
    """The package as an author has it after the first command."""
    assert main(["connector", "new", "acme_crm", "--into", str(elsewhere)]) == 0
    return elsewhere / "dsar-acme-crm"


@pytest.fixture(scope="module")
def site(written, elsewhere):
    """Where the package is installed: it lies in no tree of ours, and nothing but its metadata leads to it."""
    target = elsewhere / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    ran = subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--target", target, written],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return target


def run(site, cwd, *words):
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=bare_environment() | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_an_installed_package_of_somebody_elses_is_found_by_its_entry_point(site, elsewhere):
    ran = run(site, elsewhere, "-m", "dsar.cli", "connector", "list")

    assert ran.returncode == 0, ran.stderr
    assert "acme_crm: AcmeCrm; finds by email; orders: erase" in ran.stdout.splitlines()
    assert "acme_crm" not in installed()


def test_its_settings_are_told_as_any_connectors(site, elsewhere):
    ran = run(site, elsewhere, "-m", "dsar.cli", "connector", "settings", "acme_crm")

    assert ran.returncode == 0, ran.stderr
    assert "token: text, required, secret" in ran.stdout.splitlines()


def test_the_installed_package_passes_the_kit(site, written, elsewhere):
    outside = elsewhere / "its-tests"
    shutil.copytree(written / "tests", outside / "tests")
    shutil.copy(written / "pyproject.toml", outside)

    ran = run(site, outside, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-q")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "passed" in ran.stdout
    assert " skipped" not in ran.stdout


def test_a_break_in_the_package_turns_its_tests_red(written, elsewhere):
    broken = elsewhere / "broken"
    shutil.copytree(written, broken)
    session = broken / "dsar_acme_crm" / "session.py"
    text = session.read_text()
    assert "yield Mark(cursor)" in text
    session.write_text(text.replace("yield Mark(cursor)", "return"))

    ran = run(
        broken, broken, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-q", "-k", "exactly_what"
    )

    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout + ran.stderr
    assert "items are missing" in ran.stdout


def test_nothing_in_it_is_called_by_the_templates_own_name(written):
    files = [path for path in written.rglob("*") if path.is_file()]

    assert len(files) == len(
        [path for path in TEMPLATES.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    )
    assert [path for path in files if "sample" in path.as_posix().removeprefix(str(written)).lower()] == []
    assert [path for path in files if "sample" in path.read_text().lower()] == []


@pytest.mark.parametrize(
    "name",
    ["", "Acme", "acme-crm", "acme__crm", "_acme", "1acme", "../acme", "acme crm", "class", "a" * 41, "sql"],
)
def test_a_name_that_cannot_be_used_is_refused_and_nothing_is_written(tmp_path, capsys, name):
    assert main(["connector", "new", name, "--into", str(tmp_path)]) == 2

    assert capsys.readouterr().err.startswith("dsar connector: name: ")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_never_written_over(tmp_path, capsys):
    (tmp_path / "dsar-acme").mkdir()

    assert main(["connector", "new", "acme", "--into", str(tmp_path)]) == 2

    assert "is there already" in capsys.readouterr().err
    assert list((tmp_path / "dsar-acme").iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_said_in_a_line(tmp_path, capsys):
    (tmp_path / "file").touch()

    assert main(["connector", "new", "acme", "--into", os.fspath(tmp_path / "file")]) == 2

    assert capsys.readouterr().err.count("\n") == 1
