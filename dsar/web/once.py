"""`Idempotency-Key`: what is sent twice is done once, and answered the same; draft-ietf-httpapi-idempotency-key-header.

The answer is kept in the transaction that does the work, so a crash leaves both or neither.
"""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request, Response

from dsar.domain.errors import FieldError, InvalidInput, NotNow, NotSent
from dsar.engine import Service
from dsar.intake import Filed, Submission
from dsar.store import Connection, idempotency
from dsar.store.idempotency import Earlier, Slot, TakenOver

HEADER = "Idempotency-Key"
KEY_LENGTH_MAX = 255
# What a route that creates says of the header in its `opt["once"]`, for the API's description.
REQUIRED, TAKEN = "required", "taken"
PURPOSE = "idempotency"
# RFC 9651 3.3.3: a string in quotes; parameters may follow, and say nothing here.
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"\s*(?:;.*)?')

Keep = Callable[[Connection, Any], Awaitable[None]]


async def once(
    request: Request[Any, Any, Any],
    service: Service,
    owner: str,
    work: Callable[[Connection], Awaitable[Any]],
    *,
    status: int = 201,
    required: bool = True,
    said: str | None = None,
) -> Response[Any]:
    """Answer with what `work` gives; it writes in the transaction it is handed, and does nothing else.

    `said` stands for the body where that was taken as a stream, and is not there to be read again.
    """

    async def carry_out(keep: Keep) -> Any:
        async with service.db.write() as tx:
            answer = await work(tx)
            await keep(tx, answer)
        return answer

    return await _once(request, service, owner, carry_out, status=status, required=required, said=said)


async def file_once(
    request: Request[Any, Any, Any],
    service: Service,
    owner: str,
    submission: Submission,
    answer: Callable[[Filed], Any],
    *,
    status: int,
    required: bool = False,
    also: Callable[[Connection, Filed], Awaitable[None]] | None = None,
) -> Response[Any]:
    """File a submission, and in the same transaction what `also` writes. Without the header this costs nothing."""

    async def carry_out(keep: Keep) -> Any:
        async def write(tx: Connection, filed: Filed) -> None:
            if also is not None:
                await also(tx, filed)
            await keep(tx, answer(filed))

        return answer(await service.desk.take(submission, write))

    return await _once(request, service, owner, carry_out, status=status, required=required)


async def _once(
    request: Request[Any, Any, Any],
    service: Service,
    owner: str,
    carry_out: Callable[[Keep], Awaitable[Any]],
    *,
    status: int,
    required: bool,
    said: str | None = None,
) -> Response[Any]:
    sent = request.headers.get(HEADER)
    if sent is None:
        if required:
            raise NotSent(FieldError(HEADER, "is missing.", "Send a fresh UUID with each call that creates."))
        return Response(await carry_out(_keep_nothing), status_code=status)
    slot = await _slot(request, service, owner, _key(sent), said)
    async with service.db.write() as tx:
        earlier = await idempotency.begin(tx, slot)
    if earlier is not None:
        return _replayed(service, slot, earlier)

    async def keep(tx: Connection, answer: Any) -> None:
        sealed = service.vault.seal(msgspec.json.encode(answer), PURPOSE)
        await idempotency.finish(tx, slot, status, sealed)

    try:
        return Response(await carry_out(keep), status_code=status)
    except TakenOver:
        raise _running() from None
    except Exception:
        async with service.db.write() as tx:
            await idempotency.give_back(tx, slot)
        raise


async def _keep_nothing(_: Connection, __: Any) -> None:
    """No key was sent: there is nothing to answer a second call by."""


def _key(sent: str) -> str:
    """The key itself: in quotes, as the draft has it, or bare, as most send it. The two name the same."""
    text = sent.strip()
    quoted = _QUOTED.fullmatch(text) if text.startswith('"') else None
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    bad_quotes = text.startswith('"') and quoted is None
    if bad_quotes or not 0 < len(key) <= KEY_LENGTH_MAX or not key.isprintable():
        raise InvalidInput(
            FieldError(
                HEADER,
                "is empty, too long or cannot be read.",
                "Send a fresh UUID, or other text of at most {limit} characters.",
                limit=KEY_LENGTH_MAX,
            )
        )
    return key


async def _slot(
    request: Request[Any, Any, Any], service: Service, owner: str, key: str, said: str | None
) -> Slot:
    # Keyed, for the body holds addresses that could be guessed from a plain hash. The same key for another address
    # of the API is another call, whatever its body.
    body = said if said is not None else sha256(await request.body()).hexdigest()
    what = f"{request.method} {request.url.path}\x00{body}"
    return Slot(owner, sha256(key.encode()).digest(), service.vault.blind_index("body", what), service.now())


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
