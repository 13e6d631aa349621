"""The demo's archives, opened and checked by tools that are not ours."""

import shutil
import subprocess

import pytest
from frictionless import validate


def archives(demo):
    found = sorted((demo.out / "bundles").glob("*.zip"))
    assert found
    return found


def test_frictionless_finds_nothing_wrong_in_any_archive(demo):
    for archive in archives(demo):
        report = validate(archive.with_suffix("") / "datapackage.json")
        assert report.valid, report.to_summary()
        assert len(report.tasks) >= 5


def test_frictionless_finds_one_changed_byte(demo, tmp_path):
    unpacked = archives(demo)[0].with_suffix("")
    shutil.copytree(unpacked, tmp_path / "b")
    table = next((tmp_path / "b" / "data").rglob("*.csv"))
    content = bytearray(table.read_bytes())
    content[-3] ^= 1
    table.write_bytes(content)
    report = validate(tmp_path / "b" / "datapackage.json")
    assert [task.place for task in report.tasks if not task.valid] == [str(table.relative_to(tmp_path / "b"))]


@pytest.mark.skipif(shutil.which("unzip") is None, reason="Info-ZIP is not installed")
def test_info_zip_opens_every_archive(demo):
    for archive in archives(demo):
        ran = subprocess.run(["unzip", "-tq", archive], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
