"""The built wheel holds all that the service needs, and runs where nothing of the checkout is."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

import msgspec
import pytest

REPOSITORY = Path(__file__).parents[3]
SHIPPED = ("sql", "templates", "translations", "profiles", "law")


@pytest.fixture(scope="session")
def wheel():
    """Built once, from a copy: a build must not leave anything in the checkout."""
    with tempfile.TemporaryDirectory(prefix="dsar-build-") as folder:
        ran = subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, str(REPOSITORY)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        [built] = Path(folder).glob("*.whl")
        yield built


@pytest.fixture(scope="session")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("folder", SHIPPED)
def test_every_file_that_is_not_python_travels_inside_the_package(names, folder):
    files = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert files
    assert {f"dsar/_shipped/{name}" for name in files} - names == set()


@pytest.mark.parametrize(
    "package", ["dsar", *sorted(p.name for p in (REPOSITORY / "connectors").glob("dsar_*"))]
)
def test_every_module_and_its_data_are_inside(names, package):
    root = REPOSITORY if package == "dsar" else REPOSITORY / "connectors"
    files = {
        path.relative_to(root).as_posix()
        for path in (root / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and "_shipped" not in path.parts
    }

    assert files
    assert files - names == set()


def test_the_licence_and_the_entry_points_are_inside(names, wheel):
    with zipfile.ZipFile(wheel) as archive:
        [points] = [name for name in names if name.endswith("entry_points.txt")]
        text = archive.read(points).decode()

    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "dsar = dsar.cli:main" in text
    for connector in ("asterisk", "manual", "posthog", "s3", "sql", "webhook"):
        assert f"{connector} = dsar_{connector}:connector" in text


def test_nothing_else_is_inside(names):
    allowed = (
        "dsar/",
        "dsar_asterisk/",
        "dsar_sql/",
        "dsar_posthog/",
        "dsar_webhook/",
        "dsar_manual/",
        "dsar_s3/",
        "dsar_service-",
    )

    assert [name for name in names if not name.startswith(allowed)] == []
    assert [name for name in names if "__pycache__" in name] == []


@pytest.fixture(scope="session")
def installed(wheel):
    """A fresh virtual environment in an empty folder: the wheel, and what it depends on, but nothing of ours.

    The dependencies are links to the ones that the tests run with, so that no network is needed.
    """
    folder = Path(tempfile.mkdtemp(prefix="dsar-wheel-", dir="/var/tmp" if os.geteuid() == 0 else None))
    folder.chmod(0o711)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "venv")}))
    link_dependencies(Path(sysconfig.get_path("purelib")), site)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel)], check=True)
    (folder / "empty").mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def link_dependencies(source, target):
    for path in source.iterdir():
        editable = path.suffix == ".pth" or path.name == "dsar" or path.name.startswith("dsar_service-")
        if not editable and not (target / path.name).exists():
            (target / path.name).symlink_to(path)


def run(installed, *words):
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(installed), "LANG": "C.UTF-8"}
    return subprocess.run(
        [installed / "venv" / "bin" / words[0], *words[1:]],
        cwd=installed / "empty",
        env=bare,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_it_is_the_wheel_that_is_imported(installed):
    lines = "import dsar, dsar_posthog; from dsar.store import shipped; print(dsar.__file__, dsar_posthog.__file__, shipped('sql'))"
    ran = run(installed, "python", "-c", lines)

    assert ran.returncode == 0, ran.stderr
    for path in ran.stdout.split():
        assert Path(path).is_relative_to(installed / "venv")


def test_the_connectors_are_found(installed):
    ran = run(installed, "dsar", "connector", "list")

    assert ran.returncode == 0, ran.stderr
    assert [line.partition(":")[0] for line in ran.stdout.splitlines()] == [
        "asterisk",
        "manual",
        "posthog",
        "s3",
        "sql",
        "webhook",
    ]


def test_it_plays_the_demo_in_an_empty_folder(installed):
    ran = run(installed, "dsar", "demo")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [path.name for path in (installed / "empty").iterdir()] == ["demo-out"]
    report = msgspec.json.decode((installed / "empty" / "demo-out" / "report.json").read_bytes())
    assert report["ok"] is True
    assert len(report["requests"]) == 7
