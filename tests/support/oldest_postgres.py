"""The oldest Postgres that is promised, in place of the embedded one: its programs' folder is DSAR_TEST_POSTGRES."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from support.scratch import scratch

from dsar.embedded.postgres import SETTINGS, url

SECONDS_MAX = 60
LATER = ("io_method", "createrole_self_grant")  # settings that it does not know yet


@contextmanager
def oldest_postgres(programs: Path) -> Iterator[Path]:
    """The folder of its socket. As root it runs as the account that its package made, for it refuses root."""
    folder = scratch("dsar-oldest-")
    account: dict[str, str] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if account:
        shutil.chown(folder, **account)
    data = folder / "data"
    subprocess.run(
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **account,
    )
    known = {name: value for name, value in SETTINGS.items() if name not in LATER}
    options = known | {
        "unix_socket_directories": str(folder),
        "unix_socket_permissions": "0777",
        "fsync": "off",
    }
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([programs / "postgres", "-D", data, *words], stderr=log, cwd="/", **account)
    try:
        asyncio.run(_made(folder))
        yield folder
    finally:
        server.terminate()
        server.wait(SECONDS_MAX)
        shutil.rmtree(folder, ignore_errors=True)


async def _made(folder: Path) -> None:
    """What the embedded one has from its beginning: a role that is no superuser, and its database."""
    until = time.monotonic() + SECONDS_MAX
    while True:
        try:
            connection = await asyncpg.connect(url(folder, "postgres", "postgres"))
            break
        except (OSError, asyncpg.CannotConnectNowError):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.1)
    await connection.execute("CREATE ROLE dsar LOGIN CREATEDB CREATEROLE")
    await connection.execute("CREATE DATABASE dsar OWNER dsar")
    await connection.close()
