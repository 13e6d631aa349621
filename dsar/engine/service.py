"""The service put together: every stage with what it works with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from msgspec import Struct

from dsar.delivery import (
    Attempting,
    CallbackPacker,
    Downloading,
    FallingBack,
    Fetching,
    Linking,
    Packer,
    Readdressing,
    Reissuing,
    Transferring,
    WebhookPacker,
)
from dsar.domain.opendsr import Processor
from dsar.domain.profile import LoadedProfile
from dsar.domain.telling import WEBHOOK
from dsar.domain.work import StepKind
from dsar.engine.courier import Courier
from dsar.engine.findings import Findings, findings
from dsar.engine.handlers import handlers
from dsar.engine.loop import Engine, Handler
from dsar.engine.opening import Now, Parts, Wake, nobody_to_wake, opened, utc_now
from dsar.engine.signing import Signing
from dsar.fanout import Configuring, Probing
from dsar.intake import Desk, Proving
from dsar.outbound import Systems
from dsar.render import Templates
from dsar.review import (
    Asking,
    Deciding,
    Gathering,
    Holding,
    Planning,
    Resolving,
    Showing,
    Supplementing,
    Tasks,
    Uploads,
    Waiting,
)
from dsar.routing import (
    Endpoints,
    Instructing,
    Keys,
    Onboarding,
    OpenDsr,
    Replaying,
    SigningIn,
    Standings,
    Team,
    Withdrawing,
)
from dsar.settings import Settings
from dsar.store import Database, opendsr
from dsar.vault import BlobStore, Vault


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
    planning: Planning
    resolving: Resolving
    asking: Asking
    tasks: Tasks
    waiting: Waiting
    supplementing: Supplementing
    showing: Showing
    uploads: Uploads
    holding: Holding
    findings: Findings
    fetching: Fetching
    downloading: Downloading
    transferring: Transferring
    reissuing: Reissuing
    readdressing: Readdressing
    probing: Probing
    configuring: Configuring
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
            evidence_kept=timedelta(days=366 * self.profile.profile.delivery.evidence_years),
        )


@asynccontextmanager
async def open_service(
    settings: Settings, *, wake: Wake = nobody_to_wake, now: Now = utc_now
) -> AsyncIterator[Service]:
    """Open everything; refuses to start on a broken setting, profile or key, each named."""
    async with opened(settings, wake, now) as parts:
        service = _put_together(parts)
        try:
            yield service
        finally:
            await service.signing_in.settled()


def _put_together(parts: Parts) -> Service:
    db, vault, profile, settings = parts.db, parts.vault, parts.profile, parts.settings
    wake, now = parts.wake, parts.now
    keys, team = Keys(db, now), Team(db, vault, profile, now)
    endpoints = Endpoints(db, vault, parts.posting, settings, now, wake)
    signing = Signing(db, vault, settings, now)
    processor = Processor(signing.domain, settings.public_url, profile.profile.operator.timezone)
    instructing = Instructing(db, vault, profile, now, wake)
    by_protocol = OpenDsr(db, vault, profile, instructing, now, wake)
    fetching = Fetching(db, vault, now, wake)
    reissuing = Reissuing(db, vault, Linking(profile, settings), now, wake)
    probing = Probing(db, vault, parts.systems, now, timedelta(minutes=settings.probe_minutes))
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
        planning=Planning(db, now, wake),
        resolving=Resolving(db, vault, profile, now, wake),
        asking=Asking(db, vault, profile, now, wake),
        tasks=Tasks(db, vault, profile, Gathering(db, vault, parts.blobs), now, wake),
        waiting=Waiting(db, now, wake),
        supplementing=Supplementing(db, profile, now, wake),
        showing=Showing(db, vault, now),
        uploads=Uploads(db, vault, parts.blobs, profile, parts.systems, now),
        holding=Holding(db, vault, profile, now, wake),
        findings=findings(parts),
        fetching=fetching,
        transferring=Transferring(db, vault, parts.posting, fetching, profile, settings, now, wake),
        downloading=Downloading(db, vault, parts.blobs, fetching, now),
        reissuing=reissuing,
        readdressing=Readdressing(db, vault, profile, reissuing, now, wake),
        probing=probing,
        configuring=Configuring(db, vault, parts.systems, probing, now, wake),
        handlers=handlers(parts, by_protocol),
        attempting=Attempting(parts.posting, _packers(parts, signing, processor), now),
        falling_back=FallingBack(db, now),
        now=now,
    )


def _packers(parts: Parts, signing: Signing, processor: Processor) -> dict[str, Packer]:
    """What makes a message of each channel that goes to a business."""
    return {
        WEBHOOK: WebhookPacker(parts.db, parts.vault, parts.settings, parts.now),
        opendsr.CHANNEL: CallbackPacker(parts.db, signing.signer, processor),
    }
