"""A look at the store before anybody is searched: the credentials, each right that reading needs, what it covers."""

from collections.abc import Sequence

from dsar.contract import Coverage, Refused
from dsar_s3 import covering, heads, listing, locks, markup
from dsar_s3.api import Api
from dsar_s3.entries import Sort
from dsar_s3.places import Place
from dsar_s3.sources import Source

VERSIONING = "s3:GetBucketVersioning"


async def probe(api: Api, sources: Sequence[Source]) -> Coverage:
    """Ask every bucket and the first object of every place what reading and an erasure will ask."""
    await refuse_second_factor(api)
    for bucket in _buckets(api):
        await locks.is_on(api, bucket)
        async for _ in listing.uploads(api, bucket, "dsar-probe/"):
            break
    for source in sources:
        await _read_first(api, source.place)
        await source.probe()
    return await covering.coverage(api)


async def _read_first(api: Api, place: Place) -> None:
    """A right to list is none to read."""
    async for entry in listing.versions(api, place.bucket, place.head):
        if entry.sort is Sort.VERSION:
            await heads.head(api, entry)
            return


async def refuse_second_factor(api: Api) -> None:
    """Refuse a bucket whose versions cannot be deleted, or would be left where the settings say there are none."""
    for bucket in _buckets(api):
        answer = await api.ask(bucket, None, {"versioning": ""}, "VersioningConfiguration", call=VERSIONING)
        if markup.text(answer, "MfaDelete") == "Enabled":
            raise Refused(
                "s3: a bucket asks for a second factor to delete (MFA delete); a person deletes by hand"
            )
        if markup.text(answer, "Status") and not api.settings.versions:
            raise Refused("s3: a bucket keeps versions, and versions is false; set it to true")


def _buckets(api: Api) -> list[str]:
    return sorted({place.bucket for place in api.settings.places})
