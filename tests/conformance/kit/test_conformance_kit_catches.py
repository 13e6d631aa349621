"""For each rule a connector that breaks it: a kit that cannot fail would be worth nothing."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from dsar.conformance import ConnectorSuite, HandSuite

from .broken_connectors import BROKEN

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    """What the suites said, by class and test: one run of pytest for all, as an author would run it."""
    report = tmp_path_factory.mktemp("kit") / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    ran = subprocess.run(
        [*command, f"--junitxml={report}", str(HERE / "broken_suites.py")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout[-3000:] + ran.stderr[-3000:]
    found = {}
    for case in ET.parse(report).iter("testcase"):
        failed = case.find("failure")
        if failed is not None:
            said = f"{failed.get('message')} {failed.text}"
            found.setdefault(case.get("classname").rpartition(".")[2], {})[case.get("name")] = said
    return found


@pytest.mark.parametrize("name", BROKEN)
def test_a_connector_that_breaks_the_rule_is_caught_by_its_test(failures, name):
    _, test, says = BROKEN[name]
    caught = [said for each, said in failures.get(f"Test{name}", {}).items() if fits(each, test)]

    assert caught, f"{test} passed; what failed: {sorted(failures.get(f'Test{name}', {}))}"
    assert any(says in said for said in caught), caught


def fits(test, wanted):
    """A test of the kit by its name, or its beginning; in brackets the case of it."""
    name, bracket, case = wanted.partition("[")
    return test.startswith(name) and test.endswith(f"{bracket}{case}")


def test_every_rule_of_the_kit_has_a_connector_that_breaks_it():
    rules = {name for suite in (ConnectorSuite, HandSuite) for name in dir(suite) if name.startswith("test_")}
    broken = [test for _, test, _ in BROKEN.values()]

    assert {
        rule for rule in rules if not any(rule.startswith(test.partition("[")[0]) for test in broken)
    } == set()
