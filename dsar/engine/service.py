"""The service put together: every stage with what it works with, and the table from kind of step to handler."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from msgspec import Struct

from dsar.bundle import Bundling
from dsar.delivery import (
    Answering,
    Attempting,
    CallbackPacker,
    Closing,
    FallingBack,
    Fetching,
    Packer,
    Sending,
    WebhookPacker,
)
from dsar.domain.opendsr import Processor
from dsar.domain.profile import LoadedProfile, ProfileError, load
from dsar.domain.telling import WEBHOOK
from dsar.domain.work import StepKind
from dsar.engine.courier import Courier
from dsar.engine.lanes import PLACES, POOLS
from dsar.engine.loop import Engine, Handler
from dsar.engine.signing import Signing
from dsar.fanout import Ordering, Releasing, Searching, Verifying
from dsar.intake import Desk, Proving
from dsar.outbound import Limits, Systems, guarded_client
from dsar.outbound.mail import open_post
from dsar.render import Letters, Templates
from dsar.review import Asking, Deciding, Holding, Resolving, Tasks, Watching
from dsar.routing import (
    Endpoints,
    Instructing,
    Keys,
    LookingUp,
    Onboarding,
    OpenDsr,
    Replaying,
    SigningIn,
    Standings,
    Team,
    Withdrawing,
)
from dsar.settings import Settings, require
from dsar.store import Database, opendsr, parties, shipped
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


class Service(Struct, frozen=True, kw_only=True):
    """Everything that the faces call."""

    settings: Settings
    profile: LoadedProfile
    db: Database
    vault: Vault
    blobs: BlobStore
    templates: Templates
    systems: Systems
    desk: Desk
    proving: Proving
    instructing: Instructing
    opendsr: OpenDsr
    signing: Signing
    processor: Processor
    standings: Standings
    withdrawing: Withdrawing
    signing_in: SigningIn
    keys: Keys
    team: Team
    endpoints: Endpoints
    replaying: Replaying
    onboarding: Onboarding
    deciding: Deciding
    resolving: Resolving
    asking: Asking
    tasks: Tasks
    holding: Holding
    fetching: Fetching
    handlers: dict[StepKind, Handler]
    attempting: Attempting
    falling_back: FallingBack
    now: Now

    def engine(self) -> Engine:
        """A worker's engine on this service."""
        courier = Courier(
            self.db,
            self.attempting,
            self.falling_back,
            self.now,
            lease_seconds=self.settings.lease_seconds,
            sweep_seconds=self.settings.sweep_seconds,
        )
        return Engine(
            self.db,
            self.handlers,
            self.now,
            courier,
            batch=self.settings.claim_batch,
            lease_seconds=self.settings.lease_seconds,
            sweep_seconds=self.settings.sweep_seconds,
            unproven_kept=timedelta(days=self.profile.profile.delivery.unproven_days),
        )


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


def check_languages(profile: LoadedProfile, templates: Templates) -> None:
    """Refuse a profile that offers a language in which no letter can be written."""
    spoken = templates.languages
    for language in profile.profile.operator.languages:
        if language not in spoken:
            raise ProfileError(
                f"operator.languages: {language!r} has no catalogue of translations; there are {', '.join(spoken)}"
            )


def _try_key(vault: Vault, rows: Sequence[SystemRow]) -> None:
    """Refuse a key that is not the one this database was set up with, before it seals anything."""
    try:
        for row in rows:
            vault.open(row.settings, "system")
    except VaultError as error:
        raise VaultError(
            "DSAR_OPERATOR_KEY: is not the key that this database was set up with; give that one"
        ) from error


class _Parts(Struct, frozen=True, kw_only=True):
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
async def open_service(
    settings: Settings, *, wake: Wake = nobody_to_wake, now: Now = utc_now
) -> AsyncIterator[Service]:
    """Open everything; refuses to start on a broken setting, profile or key, each named."""
    async with _opened(settings, wake, now) as parts:
        service = _put_together(parts)
        try:
            yield service
        finally:
            await service.signing_in.settled()


@asynccontextmanager
async def _opened(settings: Settings, wake: Wake, now: Now) -> AsyncIterator[_Parts]:
    require(settings, "database_url", "blob_url", "operator_key")
    profile = load_profile(settings.profile)
    templates = Templates(shipped("templates"), shipped("translations"))
    check_languages(profile, templates)
    vault = Vault.from_text(settings.operator_key)
    blobs = BlobStore.open(settings.blob_url)
    await blobs.probe()
    loopback, allow = settings.allow_http_to_loopback, settings.outbound_allow
    client = guarded_client(allow_loopback=loopback, allow=allow)
    # Apart from the systems' client: an endpoint that hangs takes no connection of theirs. Lanes see to each host.
    limits = Limits(connections=PLACES, pools=POOLS, per_host=PLACES)
    posting = guarded_client(allow_loopback=loopback, allow=allow, limits=limits)
    db = await Database.open(settings.database_url)
    systems = Systems(client)
    try:
        async with db.write() as tx:
            await parties.keep_profile(tx, profile, now())
            _try_key(vault, await systems_.enabled(tx))
        yield _Parts(
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


def _handlers(parts: _Parts, by_protocol: OpenDsr) -> dict[StepKind, Handler]:
    """What a worker can do, but for what the courier carries."""
    db, vault, blobs, profile, now = parts.db, parts.vault, parts.blobs, parts.profile, parts.now
    systems, templates, settings = parts.systems, parts.templates, parts.settings
    letters, post = Letters(templates), open_post(settings, parts.client)
    return {
        StepKind.SEND: Sending(db, vault, letters, profile, post, settings, now).send,
        StepKind.BEGIN: by_protocol.begin,
        StepKind.LOOK_UP: LookingUp(db, vault, profile, systems, now).look_up,
        StepKind.SEARCH: Searching(db, vault, blobs, profile, systems, now).search,
        StepKind.ORDER: Ordering(db, vault, profile, systems, now).order,
        StepKind.VERIFY: Verifying(db, vault, systems, now).verify,
        StepKind.RELEASE: Releasing(db, vault, profile, systems, now).release,
        StepKind.ASSEMBLE: Bundling(db, vault, blobs, templates, profile, now).assemble,
        StepKind.ANSWER: Answering(db, vault, letters, profile, settings, now).answer,
        StepKind.CLOSE: Closing(db, blobs, now).close,
        StepKind.WATCH: Watching(db, profile, now).watch,
    }


def _put_together(parts: _Parts) -> Service:
    db, vault, profile, settings = parts.db, parts.vault, parts.profile, parts.settings
    wake, now = parts.wake, parts.now
    keys, team = Keys(db, now), Team(db, vault, profile, now)
    endpoints = Endpoints(db, vault, parts.posting, settings, now, wake)
    signing = Signing(db, vault, settings, now)
    processor = Processor(signing.domain, settings.public_url, profile.profile.operator.timezone)
    instructing = Instructing(db, vault, profile, now, wake)
    by_protocol = OpenDsr(db, vault, profile, instructing, now, wake)
    packers: dict[str, Packer] = {
        WEBHOOK: WebhookPacker(db, vault, settings, now),
        opendsr.CHANNEL: CallbackPacker(db, signing.signer, processor),
    }
    return Service(
        settings=settings,
        profile=profile,
        db=db,
        vault=vault,
        blobs=parts.blobs,
        templates=parts.templates,
        systems=parts.systems,
        desk=Desk(db, vault, profile, now, wake),
        proving=Proving(db, vault, profile, now, wake),
        instructing=instructing,
        opendsr=by_protocol,
        signing=signing,
        processor=processor,
        standings=Standings(db, profile, now),
        withdrawing=Withdrawing(db, vault, profile, now, wake),
        signing_in=SigningIn(db, vault, now, wake),
        keys=keys,
        team=team,
        endpoints=endpoints,
        replaying=Replaying(db, now, wake),
        onboarding=Onboarding(db, keys, team, endpoints, profile, now),
        deciding=Deciding(db, vault, profile, now, wake),
        resolving=Resolving(db, vault, profile, now, wake),
        asking=Asking(db, vault, profile, now, wake),
        tasks=Tasks(db, vault, profile, now, wake),
        holding=Holding(db, vault, profile, now, wake),
        fetching=Fetching(db, vault, parts.blobs, now, wake),
        handlers=_handlers(parts, by_protocol),
        attempting=Attempting(parts.posting, packers, now),
        falling_back=FallingBack(db, now),
        now=now,
    )
