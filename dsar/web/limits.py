"""How often a key may call: counted over all processes in a fixed minute, and said on every answer to the key.

The headers are those of draft-ietf-httpapi-ratelimit-headers: what the policy is, and what is left of it.
"""

import math
from datetime import datetime, timedelta

from litestar.exceptions import TooManyRequestsException
from litestar.types import Message, Scope
from msgspec import Struct

from dsar.store.credentials import Caller

WINDOW = timedelta(minutes=1)
_STATE = "allowance"


class Allowance(Struct, frozen=True):
    """What a key may do: `limit` calls a minute, of which `left` are left for `seconds`."""

    limit: int
    left: int
    seconds: int

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """As they are sent."""
        policy = f'"default";q={self.limit};w={int(WINDOW.total_seconds())}'
        left = f'"default";r={self.left};t={self.seconds}'
        return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]


def allow(scope: Scope, caller: Caller, limit: int, now: datetime) -> None:
    """Note what is left for the answer's headers; raises 429 for a key that has called too often."""
    seconds = math.ceil((caller.minute + WINDOW - now).total_seconds())
    seconds = min(max(1, seconds), int(WINDOW.total_seconds()))  # clocks of several processes differ a little
    scope["state"][_STATE] = Allowance(limit, max(0, limit - caller.calls), seconds)
    if caller.calls > limit:
        raise TooManyRequestsException(
            f"this key may call {limit} times a minute", headers={"retry-after": str(seconds)}
        )


async def say_what_is_left(message: Message, scope: Scope) -> None:
    """Put the headers on every answer to a key, errors too."""
    allowance: Allowance | None = scope["state"].get(_STATE)
    if allowance is not None and message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], *allowance.headers]
