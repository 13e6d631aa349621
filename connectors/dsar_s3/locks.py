"""What the store itself keeps: versions under a legal hold, or under a retention that is not over."""

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from dsar_s3 import heads, markup
from dsar_s3.api import Api
from dsar_s3.entries import Entry, Sort
from dsar_s3.fault import Absent

BUCKET = "s3:GetBucketObjectLockConfiguration"

LEGAL_HOLD = "s3-legal-hold"
RETAINED = "s3-retention"

# A day ends for the service where the business is: east of everybody it is over fourteen hours before it is in UTC.
_EASTMOST = timedelta(hours=14)


class Lock(Struct, frozen=True):
    """Why a version stays, and the last day on which it does; None: until somebody lifts it."""

    ground: str
    until: date | None = None


async def is_on(api: Api, bucket: str) -> bool:
    """Whether the bucket locks objects at all."""
    try:
        answer = await api.ask(bucket, None, {"object-lock": ""}, "ObjectLockConfiguration", call=BUCKET)
    except Absent:
        return False
    return markup.text(answer, "ObjectLockEnabled") == "Enabled"


async def lock_of(api: Api, entry: Entry, now: datetime) -> Lock | None:
    """What keeps a version from being deleted now. A marker, an upload or a row is never locked.

    The store tells it only to whom it grants `s3:GetObjectLegalHold` and `s3:GetObjectRetention`; to others it shows
    when they delete.
    """
    head = await heads.head(api, entry) if entry.sort is Sort.VERSION else None
    if head is None:
        return None
    if head.legal_hold:
        return Lock(LEGAL_HOLD)
    if not head.retained_until:
        return None
    try:
        over = datetime.fromisoformat(head.retained_until)
    except ValueError:
        raise markup.Garbage(f"S3 {heads.READ}: a time is broken; it is tried again") from None
    over = over if over.tzinfo else over.replace(tzinfo=UTC)
    return Lock(RETAINED, (over.astimezone(UTC) + _EASTMOST).date()) if over > now else None
