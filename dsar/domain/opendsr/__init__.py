"""OpenDSR 2.0 and OpenGDPR 1.0: a controller's request in the protocol's words, and our states in them."""

from dsar.domain.opendsr.identities import FORMATS, TELEPHONE, TYPES, Hashed, note
from dsar.domain.opendsr.offer import CALIFORNIA, Regulation, RequestType, offered
from dsar.domain.opendsr.report import Processor, Report, reported
from dsar.domain.opendsr.request import CALLBACKS, Asked, read
from dsar.domain.opendsr.status import Status, completion_time, counted, rfc3339, status_of
from dsar.domain.opendsr.version import Version

__all__ = [
    "CALIFORNIA",
    "CALLBACKS",
    "FORMATS",
    "TELEPHONE",
    "TYPES",
    "Asked",
    "Hashed",
    "Processor",
    "Regulation",
    "Report",
    "RequestType",
    "Status",
    "Version",
    "completion_time",
    "counted",
    "note",
    "offered",
    "read",
    "reported",
    "rfc3339",
    "status_of",
]
