"""The last stage: messages leave, the answer is written and fetched with a fresh code, the case closes and forgets."""

from dsar.delivery.answering import Answering
from dsar.delivery.attempting import Attempting, Tried
from dsar.delivery.callbacks import CallbackPacker
from dsar.delivery.closing import Closing
from dsar.delivery.downloading import Downloading
from dsar.delivery.drafting import Drafting
from dsar.delivery.falling_back import FallingBack
from dsar.delivery.fetching import Fetching
from dsar.delivery.handing_over import HandingOver
from dsar.delivery.linking import Linking
from dsar.delivery.packing import WebhookPacker, who_asks
from dsar.delivery.parcel import Packer, Parcel, Waiting
from dsar.delivery.readdressing import Readdressing
from dsar.delivery.reissuing import Reissuing
from dsar.delivery.sending import Sending
from dsar.delivery.supplementing import Supplementing
from dsar.delivery.transferring import Transferring

__all__ = [
    "Answering",
    "Attempting",
    "CallbackPacker",
    "Closing",
    "Downloading",
    "Drafting",
    "FallingBack",
    "Fetching",
    "HandingOver",
    "Linking",
    "Packer",
    "Parcel",
    "Readdressing",
    "Reissuing",
    "Sending",
    "Supplementing",
    "Transferring",
    "Tried",
    "Waiting",
    "WebhookPacker",
    "who_asks",
]
