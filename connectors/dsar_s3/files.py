"""Which version an attachment is: its key is read from its name, and whose it is from the place."""

from dsar.contract import Attachment, Refused
from dsar_s3 import heads, listing
from dsar_s3.api import Api
from dsar_s3.entries import Entry, Sort
from dsar_s3.export import Mine
from dsar_s3.items import files_of, key_of
from dsar_s3.reading import Object


async def found(api: Api, mine: Mine, attachment: Attachment) -> Object:
    """The version, if it is still there and in scope."""
    key = key_of(attachment.name)
    for source, tenants in mine:
        if files_of(source.place) != attachment.origin.collection:
            continue
        entry = await _listed(api, source.place.bucket, key, attachment.origin.record_id)
        if entry is not None and await source.owns(key, entry.version, tenants):
            return Object(entry.bucket, key, heads.version(api, entry), entry.etag, entry.size)
    raise Refused("s3: no object in scope is this attachment; it was erased or is another's")


async def _listed(api: Api, bucket: str, key: str, record_id: str) -> Entry | None:
    async for entry in listing.versions(api, bucket, key, exactly=True):
        if entry.id == record_id and entry.sort is Sort.VERSION:
            return entry
    return None
