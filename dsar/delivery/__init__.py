"""The last stage: messages leave, the answer is written and fetched with a fresh code, the case closes and forgets."""

from dsar.delivery.answering import Answering
from dsar.delivery.attempting import Attempting, Tried
from dsar.delivery.callbacks import CallbackPacker
from dsar.delivery.closing import Closing
from dsar.delivery.falling_back import FallingBack
from dsar.delivery.fetching import Fetching
from dsar.delivery.packing import WebhookPacker, who_asks
from dsar.delivery.parcel import Packer, Parcel, Waiting
from dsar.delivery.sending import Sending

__all__ = [
    "Answering",
    "Attempting",
    "CallbackPacker",
    "Closing",
    "FallingBack",
    "Fetching",
    "Packer",
    "Parcel",
    "Sending",
    "Tried",
    "Waiting",
    "WebhookPacker",
    "who_asks",
]
