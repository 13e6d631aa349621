"""The kit that every connector passes: written for connector authors, used on our own. It runs on pytest."""

from pkgutil import iter_modules

import pytest

# A rule that fails then shows the values that it compared.
pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in iter_modules(__path__)))

from dsar.conformance.byhand import HandCounterpart, HandSuite  # noqa: E402 - after the rewriting is arranged
from dsar.conformance.counterpart import EXPECTED, Counterpart, Fault, Person  # noqa: E402
from dsar.conformance.suite import ConnectorSuite  # noqa: E402

__all__ = [
    "EXPECTED",
    "ConnectorSuite",
    "Counterpart",
    "Fault",
    "HandCounterpart",
    "HandSuite",
    "Person",
]
