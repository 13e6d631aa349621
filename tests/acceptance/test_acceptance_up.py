"""`dsar up --world`: one process tree that ends as one, and starts again over the same folder."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import psutil
import pytest
from support.house import bare_environment, dsar, roomy_folder

from dsar.demo.stack import free_port

START_SECONDS_MAX = 90
STOP_SECONDS_MAX = 30
READY = "Ctrl-C ends it."


class Up:
    """One `dsar up` and what it printed."""

    def __init__(self, data, *words, port=None):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lines = []
        self.ready = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dsar.cli", "up", "--data", str(data), "--port", str(self.port), *words],
            env=bare_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # As a shell without job control starts what runs in the background: it must end all the same.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509 - one plain call
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if READY in line:
                self.ready.set()
        self.ready.set()  # its output ended: there is nothing more to wait for

    @property
    def said(self):
        return "\n".join(self.lines)

    def wait_until_ready(self):
        assert self.ready.wait(START_SECONDS_MAX), self.said
        assert READY in self.said, self.said
        return self

    def family(self):
        """The process and all below it."""
        me = psutil.Process(self.process.pid)
        return [me, *me.children(recursive=True)]

    def keys(self):
        return re.findall(r"dsar_(?:staff|controller)_[\w-]+", self.said)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(STOP_SECONDS_MAX)
        self.reader.join(STOP_SECONDS_MAX)
        self.process.stdout.close()
        return code


@contextlib.contextmanager
def up(data, *words, port=None):
    running = Up(data, *words, port=port)
    try:
        yield running.wait_until_ready()
    finally:
        if running.process.poll() is None:
            running.end()
        elif not running.process.stdout.closed:
            running.reader.join(STOP_SECONDS_MAX)
            running.process.stdout.close()


def nobody_left(family):
    """Every process of the family ends within the time, by itself."""
    _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS_MAX)
    return [process.name() for process in alive] == []


@pytest.fixture(scope="module")
def data():
    with roomy_folder() as folder:
        yield folder / "data"


@pytest.fixture(scope="module")
def first(data):
    """The life of a first `up`: what it said, what a second one said meanwhile, how it ended."""
    with up(data, "--world") as running:
        family = running.family()
        page = httpx.get(f"{running.url}/")
        staff = httpx.get(
            f"{running.url}/api/v1/cases", headers={"authorization": f"Bearer {running.keys()[0]}"}
        )
        second = dsar("up", "--data", str(data), "--port", str(free_port()))
        still = httpx.get(f"{running.url}/healthz")
        written = (data / "service" / "settings.env").read_text()
        joined = dsar(
            "controller", "list", **dict(word.split("=", 1) for word in shlex.split(written) if "=" in word)
        )
        code = running.end()
    return {
        "running": running,
        "family": family,
        "page": page,
        "staff": staff,
        "second": second,
        "still": still,
        "joined": joined,
        "code": code,
    }


def test_it_prints_its_addresses_and_its_keys(first, data):
    said = first["running"].said

    assert f"{first['running'].url}/\n" in said
    assert f"{first['running'].url}/outbox" in said
    assert str(data) in said
    assert len(first["running"].keys()) == 3


def test_the_form_is_there_and_the_staff_key_opens(first):
    assert first["page"].status_code == 200
    assert "Make a request about your data" in first["page"].text
    assert first["staff"].status_code == 200


def test_another_command_works_on_it_by_the_settings_that_it_wrote_down(first, data):
    assert f". {data}/service/settings.env" in first["running"].said
    assert "Pizzeria Esimerkki" in first["joined"].stdout, first["joined"].stderr


def test_a_second_one_on_the_same_folder_says_so_and_ends(first, data):
    second = first["second"]

    assert second.returncode == 2
    assert str(data) in second.stderr
    assert second.stderr.count("\n") == 1
    assert "Traceback" not in second.stderr
    assert first["still"].status_code == 200


def test_sigterm_ends_everything_cleanly(first):
    assert first["code"] == 0
    assert "Stopping" in first["running"].said
    assert len(first["family"]) >= 5
    assert nobody_left(first["family"])


@pytest.fixture(scope="module")
def again(first, data):
    """Started again over the same folder, then killed without a warning."""
    with up(data, "--world") as running:
        old, new = first["running"].keys(), running.keys()
        answers = [
            httpx.get(f"{running.url}{path}", headers={"authorization": f"Bearer {key}"}).status_code
            for path, key in zip(
                ["/api/v1/cases", "/api/v1/controller/cases", "/api/v1/controller/cases"], old, strict=True
            )
        ]
        family = running.family()
        code = running.end(signal.SIGKILL)
    return {"old": old, "new": new, "answers": answers, "family": family, "code": code}


def test_started_again_it_works_with_the_same_keys(again):
    assert again["new"] == again["old"]
    assert again["answers"] == [200, 200, 200]


def test_kill_9_leaves_no_process_behind(again):
    assert again["code"] == -signal.SIGKILL
    assert nobody_left(again["family"])


def test_a_new_one_starts_after_kill_9(again, data):
    with up(data) as running:
        assert httpx.get(f"{running.url}/readyz").json()["ready"] is True


def test_ctrl_c_ends_it_as_well(again, data):
    with up(data) as running:
        family = running.family()
        assert running.end(signal.SIGINT) == 0
    assert nobody_left(family)


def test_the_data_folder_is_closed_to_others(again, data):
    private = Path(data) / "service"

    assert private.stat().st_mode & 0o077 == 0
    assert (private / "operator.key").stat().st_mode & 0o077 == 0
    assert (private / "settings.env").stat().st_mode & 0o077 == 0
    assert private.stat().st_uid == os.geteuid()


def test_a_port_that_is_taken_is_named(again, data):
    with up(data) as running, roomy_folder() as elsewhere:
        ran = dsar("up", "--data", str(elsewhere / "data"), "--port", str(running.port))

    assert ran.returncode == 2
    assert f"--port: {running.port} is taken" in ran.stderr
    assert "Traceback" not in ran.stderr
