"""A customer-controller's side: takes webhooks, checks each signature, instructs by API, fetches the bundle."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
from msgspec import Struct
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dsar.demo.exchange import Answer, Call, answer
from dsar.demo.server import Server


class Business(Struct):
    """A customer-controller of the sample world."""

    name: str
    tenant: str
    number: str
    mail: str = ""  # of a business without developers: it gets mails, and works on the page
    key: str = ""
    secret: str = ""


BUSINESSES = (
    Business("Pizzeria Esimerkki", "tenant-1", "+358457000091"),
    Business("Autohuolto Malli", "tenant-2", "+358457000092", mail="tietosuoja@autohuolto.example"),
)


class Receiver:
    """Answers for all sample businesses: each fulfils what it is asked."""

    def __init__(self, api: str, out: Path | None) -> None:
        self._api = api
        self._out = out
        self._server = Server(self._take)
        self._businesses: dict[str, Business] = {}
        self._work: set[asyncio.Task[None]] = set()
        self.accepted: list[tuple[str, str]] = []  # (tenant, event type)
        self.refused: list[str] = []
        self.bundles: dict[str, bytes] = {}  # by case
        self.cases: dict[str, dict[str, Any]] = {}

    async def start(self) -> str:
        """Listen on a loopback port; the address."""
        return await self._server.start()

    async def stop(self) -> None:
        """Finish what was begun, and end."""
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._server.stop()

    def know(self, business: Business) -> None:
        """Learn a business's key and secret."""
        self._businesses[business.tenant] = business

    async def _take(self, call: Call) -> Answer:
        tenant = call.path.rpartition("/")[2]
        business = self._businesses.get(tenant)
        if business is None:
            return answer(404, {"error": "unknown endpoint"})
        try:
            event = Webhook(business.secret).verify(call.body, call.headers)
        except WebhookVerificationError:
            self.refused.append(tenant)
            return answer(401, {"error": "signature"})
        self.accepted.append((tenant, event["type"]))
        # The answer first, the work after: a sender waits fifteen seconds at most.
        task = asyncio.create_task(self._act(business, event))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return answer(202, {})

    async def bring(self, business: Business, right: str, phone: str) -> str:
        """A caller has asked the business itself: it files the request with its word, and instructs. The reference."""
        async with httpx.AsyncClient(
            base_url=self._api, timeout=30, headers={"authorization": f"Bearer {business.key}"}
        ) as client:
            filed = await client.post(
                "/api/v1/controller/requests",
                json={"rights": [right], "phone": phone},
                headers={"idempotency-key": str(uuid4())},
            )
            created = filed.raise_for_status().json()
            for case_id in created["cases"]:
                path = f"/api/v1/controller/cases/{case_id}/instruction"
                (await client.post(path, json={"instruction": "fulfil"})).raise_for_status()
        return str(created["reference"])

    async def fetch(self, business: Business, case_id: str) -> bytes:
        """The archive of a business's case, by its key."""
        headers = {"authorization": f"Bearer {business.key}"}
        async with httpx.AsyncClient(timeout=30, headers=headers) as client:
            answer = await client.get(f"{self._api}/api/v1/controller/cases/{case_id}/bundle")
        fetched = answer.raise_for_status().content
        self.bundles[case_id] = fetched
        if self._out is not None:
            (self._out / f"to-{business.tenant}-{case_id[-6:]}.zip").write_bytes(fetched)
        return fetched

    async def _act(self, business: Business, event: dict[str, Any]) -> None:
        case_id = event["data"]["case_id"]
        headers = {"authorization": f"Bearer {business.key}"}
        base = f"{self._api}/api/v1/controller/cases/{case_id}"
        async with httpx.AsyncClient(timeout=30, headers=headers) as client:
            if event["type"] == "case.forwarded":
                await client.post(f"{base}/instruction", json={"instruction": "fulfil"})
            elif event["type"] == "bundle.ready":
                await self.fetch(business, case_id)
            self.cases[case_id] = msgspec.json.decode((await client.get(base)).content)
