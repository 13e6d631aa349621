"""The stage of people: matches decided, answers approved or refused, time extended, tasks done by hand."""

from dsar.review.acting import Actor
from dsar.review.asking import Asking
from dsar.review.deciding import Deciding
from dsar.review.refusal import Ground
from dsar.review.resolving import Resolving
from dsar.review.tasks import Tasks

__all__ = ["Actor", "Asking", "Deciding", "Ground", "Resolving", "Tasks"]
