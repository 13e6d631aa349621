"""What this connector is, and how a store is opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsar.contract import Manifest, OrderKind, Tools
from dsar_s3.api import Api
from dsar_s3.index import ByIndex
from dsar_s3.labels import ByLabels
from dsar_s3.locks import LEGAL_HOLD, RETAINED
from dsar_s3.patterns import ByPattern
from dsar_s3.persons import KINDS
from dsar_s3.places import Place
from dsar_s3.session import S3Session
from dsar_s3.settings import S3Settings
from dsar_s3.signing import signer
from dsar_s3.sources import Source

MANIFEST = Manifest(
    key="s3",
    title="S3-compatible object store",
    settings=S3Settings,
    finds_by=KINDS,
    orders=frozenset({OrderKind.ERASE}),
    knows_tenants=True,
    secret_settings=("secret_access_key", "session_token"),
    residue=(
        "Copies that the store makes by itself: replicas in other buckets, inventories and access logs, which hold "
        "the names of files, until the operator's lifecycle rules delete them."
    ),
    lists_everyone=True,
    grounds={
        LEGAL_HOLD: "a legal hold is set on it where it is stored, and nobody can delete it before that is lifted",
        RETAINED: "it is stored so that nobody can delete it before its time is over",
    },
)


class S3Connector:
    """Reads and erases objects in the places that the settings name."""

    @property
    def manifest(self) -> Manifest:
        """What this connector is and can do."""
        return MANIFEST

    def orders(self, settings: S3Settings) -> frozenset[OrderKind]:  # noqa: ARG002 - the same whatever the settings
        return MANIFEST.orders

    @asynccontextmanager
    async def open(self, settings: S3Settings, tools: Tools) -> AsyncIterator[S3Session]:
        """Make a session; the signer is loaded here, for it is an extra of the installation."""
        api = Api(settings, tools.http, signer(settings))
        yield S3Session(api, [source_of(api, place) for place in settings.places])


def source_of(api: Api, place: Place) -> Source:
    """How a place is searched."""
    if place.index is not None:
        return ByIndex(api, place, place.index)
    if place.labels is not None:
        return ByLabels(api, place, place.labels)
    pattern = place.template
    assert pattern is not None
    return ByPattern(api, place, pattern)
