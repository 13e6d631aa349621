"""What the stages are made of: settings, profile, key, database, blobs and systems, opened and closed in order."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import httpx
from msgspec import Struct

from dsar.domain.profile import LoadedProfile, ProfileError, load
from dsar.engine.keeping import Shared
from dsar.engine.lanes import PLACES, POOLS
from dsar.outbound import Limits, Systems, guarded_client
from dsar.render import Templates
from dsar.settings import Settings, require
from dsar.store import Database, parties, shipped
from dsar.store import systems as systems_
from dsar.store.systems import SystemRow
from dsar.vault import BlobStore, Vault, VaultError

Now = Callable[[], datetime]
Wake = Callable[[], None]


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


def nobody_to_wake() -> None:
    """Work is found by the sweep alone."""


def load_profile(name: str) -> LoadedProfile:
    """A shipped profile by name, or any by path; raises ProfileError."""
    path = Path(name) if name.endswith(".toml") else shipped("profiles") / f"{name}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        there = ", ".join(sorted(p.stem for p in shipped("profiles").glob("*.toml")))
        raise ProfileError(
            f"DSAR_PROFILE: {name!r} cannot be read; give a path to a .toml, or one of {there}"
        ) from error
    return load(text, path.name)


@cache
def shipped_templates() -> Templates:
    """Those that travel with us; each is compiled once a process, however many services open in it."""
    return Templates(shipped("templates"), shipped("translations"))


def check_languages(profile: LoadedProfile, templates: Templates) -> None:
    """Refuse a profile that offers a language in which no letter can be written."""
    spoken = templates.languages
    for language in profile.profile.operator.languages:
        if language not in spoken:
            raise ProfileError(
                f"operator.languages: {language!r} has no catalogue of translations; there are {', '.join(spoken)}"
            )


def try_key(vault: Vault, rows: Sequence[SystemRow]) -> None:
    """Refuse a key that is not the one this database was set up with, before it seals anything."""
    try:
        for row in rows:
            vault.open(row.settings, "system")
    except VaultError as error:
        raise VaultError(
            "DSAR_OPERATOR_KEY: is not the key that this database was set up with; give that one"
        ) from error


class Parts(Struct, frozen=True, kw_only=True):
    """What the stages are made of, opened."""

    settings: Settings
    profile: LoadedProfile
    templates: Templates
    vault: Vault
    blobs: BlobStore
    client: httpx.AsyncClient
    posting: httpx.AsyncClient
    db: Database
    systems: Systems
    wake: Wake
    now: Now


@asynccontextmanager
async def opened(settings: Settings, wake: Wake, now: Now) -> AsyncIterator[Parts]:
    require(settings, "database_url", "blob_url", "operator_key")
    profile = load_profile(settings.profile)
    templates = shipped_templates()
    check_languages(profile, templates)
    vault = Vault.from_text(settings.operator_key)
    blobs = BlobStore.open(settings.blob_url)
    await blobs.probe()
    loopback, allow = settings.allow_http_to_loopback, settings.outbound_allow
    client = guarded_client(allow_loopback=loopback, allow=allow, networks=settings.system_networks)
    # Apart from the systems' client: an endpoint that hangs takes no connection of theirs. Lanes see to each host.
    limits = Limits(connections=PLACES, pools=POOLS, per_host=PLACES)
    posting = guarded_client(allow_loopback=loopback, allow=allow, limits=limits)
    db = await Database.open(settings.database_url)
    systems = Systems(client, Shared(db, now), now, places=max(1, settings.claim_batch // 2))
    try:
        async with db.write() as tx:
            await parties.keep_profile(tx, profile, now())
            try_key(vault, await systems_.enabled(tx))
        yield Parts(
            settings=settings,
            profile=profile,
            templates=templates,
            vault=vault,
            blobs=blobs,
            client=client,
            posting=posting,
            db=db,
            systems=systems,
            wake=wake,
            now=now,
        )
    finally:
        await systems.close()
        await client.aclose()
        await posting.aclose()
        await db.close()
