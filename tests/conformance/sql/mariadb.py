"""A MariaDB of the tests' own: a folder, a socket and a port that nobody else has."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from contextlib import closing, contextmanager

import aiomysql
from support.scratch import scratch

from dsar.demo.stack import free_port

SECONDS_MAX = 60


def missing():
    """Why there is none here; None where there is one."""
    lacking = [name for name in ("mariadbd", "mariadb-install-db") if _program(name) is None]
    return f"{', '.join(lacking)} of Debian's mariadb-server not installed" if lacking else None


class Server:
    """A running server. `root` makes databases and users in it, by the socket."""

    def __init__(self, folder, port):
        self.port = port
        self.socket = str(folder / "s.sock")

    async def run(self, *statements, database=None):
        connection = await aiomysql.connect(
            unix_socket=self.socket, user="root", db=database, charset="utf8mb4", autocommit=True
        )
        try:
            async with connection.cursor() as cursor:
                for statement in statements:
                    await cursor.execute(statement)
                return list(await cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()


# Several run side by side, and what each may lock of the memory for its input and output is little.
COMMON = ("--innodb-use-native-aio=0", "--innodb-log-file-size=16M")


@contextmanager
def running(*options):
    folder = scratch("dsar-maria-")
    data, port, user = folder / "data", free_port(), f"--user={pwd.getpwuid(os.geteuid()).pw_name}"
    _install(data, user)
    process = subprocess.Popen(
        [_program("mariadbd"), "--no-defaults", f"--datadir={data}", user, f"--socket={folder / 's.sock'}",
         f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={folder / 'pid'}", "--skip-name-resolve", *COMMON,
         "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--character-set-server=latin1", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await(folder / "s.sock", process)
        yield Server(folder, port)
    finally:
        process.terminate()
        process.wait(SECONDS_MAX)
        shutil.rmtree(folder, ignore_errors=True)


def _install(data, user):
    done = subprocess.run(
        [_program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", user, "--skip-test-db",
         "--auth-root-authentication-method=normal", *COMMON],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"mariadb-install-db: {done.stdout[-2000:]} {done.stderr[-2000:]}")


def _program(name):
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _await(path, process):
    until = time.monotonic() + SECONDS_MAX
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"mariadbd ended with {process.returncode}")
        with closing(socket.socket(socket.AF_UNIX)) as probe:
            if probe.connect_ex(str(path)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("mariadbd did not answer in time")
