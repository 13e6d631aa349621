"""With CI=true a test that is skipped for want of something fails the run: a green run has run everything."""

import os

import pytest

# Reasons that say "this case cannot be here", not "something is missing here".
ALLOWED = (
    "only root can become another",  # as an ordinary user
    "the services run under another account than their parent only there",  # as an ordinary user
    "the two codes are equal by chance",
    "one chance in a million",
)


class NoSkips:
    """Notes each skip whose reason is not allowed, and fails the session in the end."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def _note(self, report: "pytest.TestReport | pytest.CollectReport") -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not any(allowed in reason for allowed in ALLOWED):
            self.found.append(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.found and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.found:
            terminalreporter.section("skipped, which fails under CI=true", red=True, bold=True)
            for line in self.found:
                terminalreporter.write_line(line)


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("CI") == "true":
        config.pluginmanager.register(NoSkips(), "no-skips")
