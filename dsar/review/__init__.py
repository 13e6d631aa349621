"""The stage of people: matches decided, answers approved or refused, time extended, tasks done by hand."""

from dsar.review.acting import Actor
from dsar.review.asking import Asking
from dsar.review.deciding import Deciding
from dsar.review.finding import Gathering
from dsar.review.holding import Holding
from dsar.review.planning import Planning
from dsar.review.resolving import Resolving
from dsar.review.showing import Showing
from dsar.review.tasks import Tasks
from dsar.review.uploading import Uploads
from dsar.review.watching import Watching

__all__ = [
    "Actor",
    "Asking",
    "Deciding",
    "Gathering",
    "Holding",
    "Planning",
    "Resolving",
    "Showing",
    "Tasks",
    "Uploads",
    "Watching",
]
