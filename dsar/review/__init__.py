"""The stage of people: matches decided, answers approved or refused, time extended, tasks done by hand."""

from dsar.review.acting import Actor
from dsar.review.asking import Asking
from dsar.review.deciding import Deciding
from dsar.review.holding import Holding
from dsar.review.resolving import Resolving
from dsar.review.tasks import Tasks
from dsar.review.watching import Watching

__all__ = ["Actor", "Asking", "Deciding", "Holding", "Resolving", "Tasks", "Watching"]
