"""The last stage: messages leave, the answer is written and fetched with a fresh code, the case closes and forgets."""

from dsar.delivery.answering import Answering
from dsar.delivery.closing import Closing
from dsar.delivery.fetching import Fetching
from dsar.delivery.sending import Sending
from dsar.delivery.webhooks import Delivering

__all__ = ["Answering", "Closing", "Delivering", "Fetching", "Sending"]
