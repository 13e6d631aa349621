"""Starts parents under one account, and tells what became of their children."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from support.scratch import scratch

PARENT = Path(__file__).with_name("parent.py")
PATIENCE_SECONDS = 30


@dataclass
class Parent:
    process: subprocess.Popen
    facts: dict = field(default_factory=dict)

    def listen(self) -> dict:
        line = self.process.stdout.readline()
        self.facts = json.loads(line) if line else {"error": "silence"}
        return self.facts

    def order(self, word: str) -> dict:
        self.process.stdin.write(f"{word}\n".encode())
        self.process.stdin.flush()
        return self.listen()

    @property
    def children(self) -> list[int]:
        return [self.facts["postgres_pid"], self.facts["valkey_pid"]]

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End of input: the parent leaves without stop(), as a program that forgot it would."""
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(PATIENCE_SECONDS)


@dataclass
class Launcher:
    python: str
    python_path: str
    uid: int
    folders: list[Path] = field(default_factory=list)
    parents: list[Parent] = field(default_factory=list)

    def folder(self, parent: str | None = None) -> Path:
        """An empty data folder of this account, reachable by every account as /var/lib/dsar is."""
        path = Path(tempfile.mkdtemp(prefix="dsar-test-", dir=parent)) if parent else scratch("dsar-test-")
        self.folders.append(path)
        path.chmod(0o711)
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.uid)
        return path

    def begin(self, data_dir: Path) -> Parent:
        identity = (
            {} if self.uid == os.geteuid() else {"user": self.uid, "group": self.uid, "extra_groups": []}
        )
        process = subprocess.Popen(
            [self.python, str(self.script), str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": self.python_path, "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
            cwd="/",
            **identity,
        )
        self.parents.append(Parent(process))
        return self.parents[-1]

    def launch(self, data_dir: Path) -> Parent:
        parent = self.begin(data_dir)
        assert parent.listen().get("alive"), parent.facts
        return parent

    def fail(self, data_dir: Path) -> str:
        """Class and text of the error with which a start ends."""
        parent = self.begin(data_dir)
        parent.listen()
        parent.close()
        assert set(parent.facts) == {"error", "text"}
        return f"{parent.facts['error']}: {parent.facts['text']}"

    @property
    def script(self) -> Path:
        return PARENT if self.uid == os.geteuid() else Path(self.python_path) / "parent.py"

    def clean(self) -> None:
        for parent in self.parents:
            if not parent.process.stdin.closed:
                parent.kill()
            if "postgres_pid" in parent.facts:
                wait_until_gone(parent.children)
        for path in self.folders:
            shutil.rmtree(path)


def wait_until_gone(pids: Sequence[int]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(runs(pid) for pid in pids):
        assert time.monotonic() < deadline, f"of {pids} some still run"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether any thread of it does; the first is a zombie a moment before the last has ended."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1
    except psutil.NoSuchProcess:
        return False


def kill_hard(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until_gone([pid])


def find_python(uid: int) -> str | None:
    """An interpreter from 3.11 on that this account can run; that of the tests may lie in root's home."""
    names = [sys.executable, "/usr/local/bin/python3", "/usr/bin/python3"]
    names += [f"/usr/bin/python3.{minor}" for minor in range(11, 16)]
    question = ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    for name in names:
        try:
            if (
                subprocess.run(
                    [name, *question], user=uid, group=uid, extra_groups=[], cwd="/", check=False
                ).returncode
                == 0
            ):
                return name
        except OSError:
            continue
    return None
