"""The third stage: every system searched, exported, ordered and checked side by side, each at its own pace."""

from dsar.fanout.configuring import Configuring, NewSystem
from dsar.fanout.erasing_again import ErasingAgain
from dsar.fanout.foreseeing import Foreseeing
from dsar.fanout.ordering import Ordering
from dsar.fanout.probing import Probing
from dsar.fanout.rechecking import Rechecking
from dsar.fanout.releasing import Releasing
from dsar.fanout.searching import Searching
from dsar.fanout.verifying import Verifying

__all__ = [
    "Configuring",
    "ErasingAgain",
    "Foreseeing",
    "NewSystem",
    "Ordering",
    "Probing",
    "Rechecking",
    "Releasing",
    "Searching",
    "Verifying",
]
