"""The sample world: a call store, a CRM, billing, analytics and two businesses, all configured by the CLI."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from dsar.demo import callstore, crm
from dsar.demo.callstore import TENANTS, CallStore
from dsar.demo.crm import CrmWorld
from dsar.demo.posthog import PostHogDouble, fill
from dsar.demo.receiver import BUSINESSES, Business, Receiver
from dsar.demo.stack import Stack, StackError, environment
from dsar.domain.profile import Profile
from dsar.domain.rights import Relation
from dsar.engine.opening import load_profile

PROJECT = "1"
API_KEY = "phx_sample_only"
DELETION_SECONDS = 1.0
CALLS_PER_MINUTE = 6_000  # the double is nobody's server; PostHog itself allows 40
CALLS = 300

_DATA = Path(__file__).parent / "data"


class World(Struct):
    """What was built; `staff_key` opens the triage API."""

    calls: CallStore
    crm: CrmWorld
    analytics: PostHogDouble
    receiver: Receiver
    businesses: list[Business]
    staff_key: str
    billing_ground: str | None

    async def stop(self) -> None:
        """End what listens."""
        await self.receiver.stop()
        await self.analytics.stop()


async def build(stack: Stack, out: Path | None = None) -> World:
    """Build everything afresh and configure the service for it."""
    folder = stack.data_dir / "service" / "world"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    calls = await asyncio.to_thread(callstore.build, folder / "asterisk", calls=CALLS)
    databases = await crm.build(stack.admin_url)
    analytics = PostHogDouble(project_id=PROJECT, api_key=API_KEY, deletion_seconds=DELETION_SECONDS)
    fill(analytics)
    host = await analytics.start()
    receiver = Receiver(stack.url, out)
    hooks = await receiver.start()
    profile = load_profile(stack.settings.profile).profile
    ground = (
        next(iter(profile.categories["billing"].holds), None) if "billing" in profile.categories else None
    )
    await _systems(stack, folder, _all_systems(profile, ground, calls, databases, host))
    keys = await asyncio.to_thread(_people, stack, hooks)
    businesses = [
        Business(
            b.name, b.tenant, b.number, b.mail, keys[b.tenant]["key"], keys[b.tenant]["webhook_secret"] or ""
        )
        for b in BUSINESSES
    ]
    for business in businesses:
        receiver.know(business)
    return World(calls, databases, analytics, receiver, businesses, keys["staff"], ground)


def _all_systems(
    profile: Profile, ground: str | None, calls: CallStore, databases: CrmWorld, host: str
) -> dict[str, dict[str, Any]]:
    """The systems that a company with this profile has; its law says what billing keeps, and whose calls are."""
    ours = ["controller"]
    systems: dict[str, dict[str, Any]] = {
        "crm": {
            "connector": "sql",
            "title": "Customer database (CRM)",
            "roles": ours,
            "settings": databases.crm,
        },
        "billing": {
            "connector": "sql",
            "title": "Billing",
            "roles": ours,
            "settings": _kept_on(databases.billing, ground),
        },
        "analytics": {
            "connector": "posthog",
            "title": "Product analytics (PostHog)",
            "roles": ours,
            "calls_per_minute": CALLS_PER_MINUTE,
            "settings": {"host": host, "project_id": PROJECT, "api_key": API_KEY, "deletion_poll_seconds": 1},
        },
        "calls": {"connector": "asterisk", "title": "Call store", **_calls(profile, calls)},
    }
    if "analytics" not in profile.categories:
        del systems["analytics"]
    return systems


def _calls(profile: Profile, calls: CallStore) -> dict[str, Any]:
    settings = dict(calls.settings)
    if "call_transcripts" not in profile.categories:  # a company that writes nothing down
        del settings["transcripts_dir"]
    if Relation.CALLER in profile.processor_for:
        return {"roles": ["processor"], "settings": settings}
    # Callers are the company's own: every account's calls are its to answer for.
    return {"roles": ["controller"], "settings": {**settings, "operator_account_codes": TENANTS}}


def _kept_on(billing: dict[str, Any], ground: str | None) -> dict[str, Any]:
    """The mapping with the ground that the profile's law gives, or with none."""
    tables = []
    for table in billing["tables"]:
        kept = dict(table)
        if "keep" in kept and ground is not None:
            kept["keep"] = {**kept["keep"], "ground": ground}
        elif "keep" in kept:
            del kept["keep"], kept["on_erase"]
        tables.append(kept)
    return {**billing, "tables": tables}


async def _systems(stack: Stack, folder: Path, systems: dict[str, dict[str, Any]]) -> None:
    """Each system by `dsar connector add`, which probes it first, and keeps the lock that lies beside its file."""
    for lock in _DATA.glob("*.columns.lock"):
        shutil.copy(lock, folder)
    for key, system in systems.items():
        path = folder / f"{key}.json"
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(system))
    await asyncio.gather(
        *(
            asyncio.to_thread(_dsar, stack, "connector", "add", key, str(folder / f"{key}.json"))
            for key in systems
        )
    )


def _people(stack: Stack, hooks: str) -> dict[str, Any]:
    """Staff and businesses, with the keys of an earlier run on the same folder."""
    kept = stack.data_dir / "service" / "world.json"
    if not kept.exists():
        keys: dict[str, Any] = {
            "staff": _dsar(stack, "staff", "add", "Sanna Sample", "--role", "administrator")
        }
        for b in BUSINESSES:
            reached = ["--email", b.mail] if b.mail else ["--webhook", f"{hooks}/hooks/{b.tenant}"]
            words = ["--tenant", b.tenant, "--number", b.number, *reached]
            keys[b.tenant] = json.loads(_dsar(stack, "controller", "add", b.name, *words))
        fresh = kept.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(keys), encoding="utf-8")
        fresh.replace(kept)
        return keys
    keys = json.loads(kept.read_text(encoding="utf-8"))
    for b in (one for one in BUSINESSES if not one.mail):
        _dsar(stack, "controller", "webhook", keys[b.tenant]["id"], f"{hooks}/hooks/{b.tenant}")
    return keys


def _dsar(stack: Stack, *words: str) -> str:
    """One command of ours, as an operator would give it."""
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "dsar.cli", *words],
        env=os.environ | environment(stack.settings, stack.data_dir),
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        raise StackError(f"dsar {' '.join(words[:2])}: {ran.stderr.strip()}")
    return ran.stdout.strip()
