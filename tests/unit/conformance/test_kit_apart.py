"""The kit stands apart: the service runs without it, and without pytest."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import dsar
from dsar import conformance
from dsar.conformance import ConnectorSuite, HandSuite
from dsar.contract import resolves

PACKAGE = Path(dsar.__file__).parent
FACES = ("dsar.cli.main", "dsar.engine.service", "dsar.web.app", "dsar.worker", "dsar.demo")


def test_no_module_of_the_service_imports_the_kit():
    modules = [path for path in PACKAGE.rglob("*.py") if "conformance" not in path.parts]

    assert len(modules) > 100
    assert [path for path in modules if "dsar.conformance" in path.read_text(encoding="utf-8")] == []


def test_the_service_is_imported_without_pytest():
    # By whole parts of a name: numpy has a part of its own that only bears pytest in its name.
    unwanted = "{'pytest', '_pytest', 'conformance'}.intersection(name.split('.'))"
    lines = f"import sys; import {', '.join(FACES)}; print(*(name for name in sys.modules if {unwanted}))"
    ran = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == []


@pytest.mark.parametrize("suite", [ConnectorSuite, HandSuite])
def test_every_rule_of_the_kit_runs_where_no_test_is_marked(suite):
    """An author's pytest may be in strict mode: the suite marks its coroutines itself."""
    tests = [value for name, value in inspect.getmembers(suite) if name.startswith("test_")]

    assert len(tests) > 3
    assert all(inspect.iscoroutinefunction(test) for test in tests)
    assert suite.pytestmark.name == "asyncio"


def test_what_an_author_imports_is_exported():
    for name in conformance.__all__:
        assert getattr(conformance, name) is not None


@pytest.mark.parametrize(
    ("pointer", "there"),
    [
        ("", True),
        ("/a", True),
        ("/a/0", True),
        ("/a/1", False),
        ("/a/-", False),
        ("/a/00", False),
        ("/a~1b", True),
        ("/m~0n", True),
        ("/", True),
        ("a", False),
        ("/b", False),
        ("/s/0", False),
    ],
)
def test_a_pointer_resolves_as_the_rfc_has_it(pointer, there):
    assert resolves({"a": [1], "a/b": 2, "m~n": 3, "": 4, "s": "text"}, pointer) is there
