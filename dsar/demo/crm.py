"""The sample CRM and billing databases: real Postgres, fictitious people, the same on every run."""

import asyncio
import re
import tomllib
from pathlib import Path
from typing import Any

from msgspec import Struct

from dsar.embedded import postgres_bin

_DATA = Path(__file__).parent / "data"

# The known. Each has a namesake who must never be found: the same e-mail without its point.
PETRA = "petra.prospekti@example.com"  # a prospect: CRM only
TOMI = "tomi.tilaaja@example.com"  # an account user with invoices: CRM and billing
MAIJA = "maija.markkina@example.com"  # a newsletter reader
ILKKA = "ilkka.ilmarinen@example.com"  # an account user whom an impostor imitates
READER = "reader.1@example.org"  # known by the newsletter's list alone

_CREATE = """
SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', :'name') \\gexec
SELECT format('CREATE DATABASE %I', :'name') \\gexec
"""
# Every row of every table as text: independent of the mapping, of keys and of the connector.
_COUNT = """
SELECT format('SELECT %L, count(*) FROM %I t WHERE t::text ~* %L', table_name, table_name, :'pattern')
FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name \\gexec
"""


class CrmWorld(Struct, frozen=True):
    """The settings by which the connector `sql` opens each database."""

    crm: dict[str, Any]
    billing: dict[str, Any]


async def build(admin_url: str) -> CrmWorld:
    """Create `demo_crm` and `demo_billing` afresh; `admin_url` names a database and may create others."""
    crm, billing = await asyncio.gather(_load(admin_url, "crm"), _load(admin_url, "billing"))
    return CrmWorld(crm, billing)


async def remains(url: str, email: str) -> dict[str, int]:
    """How many rows of each table still quote the e-mail, in whatever case."""
    pattern = rf"(^|[^a-z0-9._%+-]){re.escape(email)}($|[^a-z0-9._-])"
    lines = await _psql(url, _COUNT, pattern=pattern)
    return {table: int(count) for table, _, count in (line.partition("|") for line in lines)}


async def _load(admin_url: str, name: str) -> dict[str, Any]:
    await _psql(admin_url, _CREATE, name=f"demo_{name}")
    url = _beside(admin_url, f"demo_{name}")
    await _psql(url, (_DATA / f"{name}.sql").read_text())
    return {"url": url, **tomllib.loads((_DATA / f"{name}.toml").read_text())}


async def _psql(url: str, script: str, **variables: str) -> list[str]:
    """Run a script that stops at its first error, and give its lines."""
    sets = [f"--set={name}={value}" for name, value in variables.items()]
    process = await asyncio.create_subprocess_exec(
        postgres_bin("psql"),
        "-XqAt",
        "--set=ON_ERROR_STOP=1",
        *sets,
        "--dbname",
        url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(script.encode())
    if process.returncode:
        raise RuntimeError(f"psql on the sample database: {err.decode().strip()}")
    return out.decode().splitlines()


def _beside(url: str, database: str) -> str:
    """The same server, another database."""
    address, mark, options = url.partition("?")
    return f"{address.rpartition('/')[0]}/{database}{mark}{options}"
