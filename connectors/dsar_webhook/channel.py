"""The signed calls to one service: each question has an id of its own, and only its own signed answer counts."""

from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

import httpx
import msgspec
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dsar.contract import Unreachable
from dsar_webhook import fault
from dsar_webhook.answered import Answer
from dsar_webhook.asked import Asked
from dsar_webhook.settings import WebhookSettings

Given = TypeVar("Given", bound=Answer)
_encoder = msgspec.json.Encoder()


class Channel:
    """One service behind one client."""

    def __init__(self, settings: WebhookSettings, http: httpx.AsyncClient) -> None:
        self.page_size = settings.page_size
        self._base = settings.url.rstrip("/")
        self._webhook = Webhook(settings.secret)
        self._http = http

    async def ask(self, question: Asked, into: type[Given]) -> Given:
        """The answer to one question."""
        operation = str(question.__struct_config__.tag)
        message_id = f"msg_{uuid4().hex}"
        body = _encoder.encode(question)
        try:
            response = await self._http.post(
                f"{self._base}/{operation}", content=body, headers=self._headers(message_id, body)
            )
        except httpx.HTTPError as error:
            # Not chained: a client's words may quote what was sent.
            raise Unreachable(f"webhook {operation}: no complete answer ({type(error).__name__})") from None
        fault.raise_for(response, operation, datetime.now(UTC))
        self._check(response, message_id, operation)
        try:
            return msgspec.json.decode(response.content, type=into)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise fault.broken(operation, error) from None

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "content-type": "application/json",
            "accept": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(message_id, now, body.decode()),
        }

    def _check(self, response: httpx.Response, message_id: str, operation: str) -> None:
        """Whoever stands in between could else say that nothing was found, or repeat what was said to another."""
        if response.headers.get("webhook-id") != message_id:
            raise Unreachable(f"webhook {operation}: the answer is not to this question, by its webhook-id")
        try:
            self._webhook.verify(response.content, dict(response.headers), json_parse=False)
        except (WebhookVerificationError, ValueError):
            raise Unreachable(
                f"webhook {operation}: the answer's signature is not good; check secret and clock on both sides"
            ) from None
