"""OpenDSR 2.0 and OpenGDPR 1.0: what a controller sends in the protocol's words, and what our states are called there."""

from dsar.domain.opendsr.identities import FORMATS, TELEPHONE, TYPES, Hashed
from dsar.domain.opendsr.offer import CALIFORNIA, Regulation, RequestType, offered
from dsar.domain.opendsr.request import Asked, read
from dsar.domain.opendsr.status import Status, completion_time, counted, rfc3339, status_of
from dsar.domain.opendsr.version import Version

__all__ = [
    "CALIFORNIA",
    "FORMATS",
    "TELEPHONE",
    "TYPES",
    "Asked",
    "Hashed",
    "Regulation",
    "RequestType",
    "Status",
    "Version",
    "completion_time",
    "counted",
    "offered",
    "read",
    "rfc3339",
    "status_of",
]
