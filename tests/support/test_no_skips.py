import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

SKIPPED = "import pytest\ndef test_ran(): pass\ndef test_left_out(): pytest.skip({reason!r})\n"
MODULE = "import pytest\npytest.skip({reason!r}, allow_module_level=True)\n"
EXPECTED = (
    "import pytest\ndef test_ran(): pass\n@pytest.mark.xfail\ndef test_known(): assert False  # {reason}\n"
)


def run(folder, source, *, ci, reason="no chromium here"):
    (folder / "test_it.py").write_text(source.format(reason=reason))
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "CI": ci}
    words = [sys.executable, "-m", "pytest", "-p", "support.no_skips", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("source", [SKIPPED, MODULE])
def test_a_skip_fails_under_ci_and_is_named_with_its_reason(tmp_path, source):
    ran = run(tmp_path, source, ci="true")

    assert ran.returncode == 1
    assert "skipped, which fails under CI=true" in ran.stdout
    assert "no chromium here" in ran.stdout


def test_a_skip_is_fine_elsewhere(tmp_path):
    assert run(tmp_path, SKIPPED, ci="").returncode == 0


def test_an_allowed_reason_is_fine_under_ci(tmp_path):
    assert run(tmp_path, SKIPPED, ci="true", reason="the two codes are equal by chance").returncode == 0


def test_an_expected_failure_is_no_skip(tmp_path):
    assert run(tmp_path, EXPECTED, ci="true").returncode == 0
