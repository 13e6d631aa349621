"""The third stage: every system searched, exported, ordered and checked side by side, each at its own pace."""

from dsar.fanout.ordering import Ordering
from dsar.fanout.releasing import Releasing
from dsar.fanout.searching import Searching
from dsar.fanout.verifying import Verifying

__all__ = ["Ordering", "Releasing", "Searching", "Verifying"]
