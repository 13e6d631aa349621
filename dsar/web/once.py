"""`Idempotency-Key`: a request that is sent twice is filed once, and answered the same.

The answer is kept in the transaction that files the request, so a crash leaves both or neither.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request, Response

from dsar.domain.errors import FieldError, InvalidInput, NotNow
from dsar.engine import Service
from dsar.intake import Filed, Submission
from dsar.store import Connection, idempotency
from dsar.store.idempotency import Earlier, Slot, TakenOver

HEADER = "Idempotency-Key"
KEY_LENGTH_MAX = 255
PURPOSE = "idempotency"


async def file_once(
    request: Request[Any, Any, Any],
    service: Service,
    owner: str,
    submission: Submission,
    answer: Callable[[Filed], Any],
    *,
    status: int,
) -> Response[Any]:
    """File a submission, or answer as the first time. Without the header this costs nothing."""
    key = request.headers.get(HEADER)
    if key is None:
        return Response(answer(await service.desk.take(submission)), status_code=status)
    slot = await _slot(request, service, owner, key.strip())
    async with service.db.write() as tx:
        earlier = await idempotency.begin(tx, slot)
    if earlier is not None:
        return _replayed(service, slot, earlier)

    async def keep(tx: Connection, filed: Filed) -> None:
        sealed = service.vault.seal(msgspec.json.encode(answer(filed)), PURPOSE)
        await idempotency.finish(tx, slot, status, sealed)

    try:
        filed = await service.desk.take(submission, keep)
    except TakenOver:
        raise _running() from None
    except Exception:
        async with service.db.write() as tx:
            await idempotency.give_back(tx, slot)
        raise
    return Response(answer(filed), status_code=status)


async def _slot(request: Request[Any, Any, Any], service: Service, owner: str, key: str) -> Slot:
    if not 0 < len(key) <= KEY_LENGTH_MAX or not key.isprintable():
        remedy = f"Send a fresh UUID, or other text of at most {KEY_LENGTH_MAX} characters."
        raise InvalidInput(FieldError(HEADER, "is empty, too long or cannot be read.", remedy))
    # Keyed, for the body holds addresses that could be guessed from a plain hash.
    body = service.vault.blind_index("body", sha256(await request.body()).hexdigest())
    return Slot(owner, sha256(key.encode()).digest(), body, service.now())


def _replayed(service: Service, slot: Slot, earlier: Earlier) -> Response[Any]:
    if earlier.body_digest != slot.body_digest:
        raise InvalidInput(
            FieldError(HEADER, "was used with another body.", "Use a fresh key for another request.")
        )
    if earlier.status is None or earlier.sealed_response is None:
        raise _running()
    kept = msgspec.Raw(service.vault.open(earlier.sealed_response, PURPOSE))
    return Response(kept, status_code=earlier.status)


def _running() -> NotNow:
    return NotNow(HEADER, "belongs to a call that still runs.", "Wait a few seconds and send the same again.")
