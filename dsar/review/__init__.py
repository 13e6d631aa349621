"""The stage of people: matches decided, answers approved or refused, time extended, tasks done by hand."""

from dsar.review.acting import Actor
from dsar.review.asking import Asking
from dsar.review.browsing import Browsing
from dsar.review.counting import Counting
from dsar.review.deciding import Deciding
from dsar.review.finding import Gathering
from dsar.review.holding import Holding
from dsar.review.item import Item
from dsar.review.leaving import Leaving
from dsar.review.listening import Listening, Version
from dsar.review.looking import Looking
from dsar.review.planning import Planning
from dsar.review.previewing import Previewing
from dsar.review.redacting import Redacting
from dsar.review.resolving import Resolving
from dsar.review.showing import Showing
from dsar.review.supplementing import Supplementing
from dsar.review.tasks import Tasks
from dsar.review.uploading import Uploads
from dsar.review.waiting import Waiting
from dsar.review.watching import Watching

__all__ = [
    "Actor",
    "Asking",
    "Browsing",
    "Counting",
    "Deciding",
    "Gathering",
    "Holding",
    "Item",
    "Leaving",
    "Listening",
    "Looking",
    "Planning",
    "Previewing",
    "Redacting",
    "Resolving",
    "Showing",
    "Supplementing",
    "Tasks",
    "Uploads",
    "Version",
    "Waiting",
    "Watching",
]
