"""The table from kind of step to handler: the whole of what a worker can do, but for what the courier carries."""

from dsar.bundle import Bundling
from dsar.delivery import (
    Answering,
    Closing,
    Drafting,
    HandingOver,
    Sending,
    Supplementing,
)
from dsar.domain.work import StepKind
from dsar.engine.loop import Handler
from dsar.engine.opening import Parts
from dsar.fanout import Foreseeing, Ordering, Rechecking, Releasing, Searching, Verifying
from dsar.outbound.mail import open_post
from dsar.render import Letters
from dsar.review import Watching
from dsar.routing import (
    LookingUp,
    OpenDsr,
)


def handlers(parts: Parts, by_protocol: OpenDsr) -> dict[StepKind, Handler]:
    """What a worker can do, but for what the courier carries."""
    db, vault, blobs, profile, now = parts.db, parts.vault, parts.blobs, parts.profile, parts.now
    systems, templates, settings = parts.systems, parts.templates, parts.settings
    letters, post = Letters(templates), open_post(settings, parts.client)
    bundling = Bundling(db, vault, blobs, templates, profile, now, Drafting(letters, profile, settings))
    return {
        StepKind.SEND: Sending(db, vault, letters, profile, post, settings, now).send,
        StepKind.BEGIN: by_protocol.begin,
        StepKind.LOOK_UP: LookingUp(db, vault, profile, systems, now).look_up,
        StepKind.SEARCH: Searching(db, vault, blobs, profile, systems, now).search,
        StepKind.FORESEE: Foreseeing(db, vault, profile, systems, now).foresee,
        StepKind.ORDER: Ordering(db, vault, profile, systems, now).order,
        StepKind.VERIFY: Verifying(db, vault, systems, now).verify,
        StepKind.RECHECK: Rechecking(db, vault, systems, now).recheck,
        StepKind.RELEASE: Releasing(db, vault, profile, systems, now).release,
        StepKind.ASSEMBLE: bundling.assemble,
        StepKind.SUPPLEMENT: bundling.assemble,
        StepKind.ANSWER: Answering(db, vault, letters, profile, settings, now).answer,
        StepKind.TELL_MORE: Supplementing(db, vault, letters, profile, settings, now).tell,
        StepKind.TRANSFER: HandingOver(db, vault, blobs, parts.posting, now).send,
        StepKind.CLOSE: Closing(db, blobs, now).close,
        StepKind.WATCH: Watching(db, profile, now).watch,
    }
