"""Packs webhooks: what they say, and the signatures of the attempt."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from dsar.delivery.parcel import Parcel, Waiting
from dsar.domain.case import Case
from dsar.outbound import sign, webhook_body
from dsar.settings import Settings
from dsar.store import Database, findings, identities
from dsar.store.endpoints import SECRET_PURPOSE, EndpointRow
from dsar.store.identities import IdentityRow
from dsar.store.outbox import Message
from dsar.vault import CaseKey, Vault

FULL = "full"


class WebhookPacker:
    """Packs the channel `webhook`, as Standard Webhooks 1.0 has it."""

    def __init__(self, db: Database, vault: Vault, settings: Settings, now: Callable[[], datetime]) -> None:
        self._db = db
        self._vault = vault
        self._public_url = settings.public_url
        self._now = now

    async def pack(self, waiting: Waiting) -> Parcel | None:
        """The parcel, or None where the controller has no endpoint or it is switched off."""
        endpoint, message, case = waiting.endpoint, waiting.message, waiting.case
        if endpoint is None or endpoint.disabled_at is not None:
            return None
        data = _thin(case, message, self._public_url)
        if endpoint.payload == FULL and case.wrapped_key is not None:
            data |= await self._full(case)
        body = webhook_body(message.template, message.created_at, data)
        now = self._now()
        headers = sign(self._secrets(endpoint, now), str(message.id), now, body)
        return Parcel(endpoint.url, headers, body)

    def _secrets(self, endpoint: EndpointRow, now: datetime) -> list[str]:
        """The secret, and beside it the one before while its time is not over."""
        sealed = [endpoint.sealed_secret]
        old, until = endpoint.sealed_old_secret, endpoint.old_secret_until
        if old is not None and until is not None and until > now:
            sealed.append(old)
        return [self._vault.open(one, SECRET_PURPOSE).decode() for one in sealed]

    async def _full(self, case: Case) -> dict[str, Any]:
        """Who asks and what was collected, as the case's address of the API shows them."""
        key = self._vault.case_key(case.wrapped_key)
        async with self._db.read() as connection:
            rows = await identities.of_case(connection, case.id)
            counts = await findings.counts_for_controller(connection, case)
        return {"identities": who_asks(key, rows), "counts": counts}


def who_asks(key: CaseKey, rows: Sequence[IdentityRow]) -> list[dict[str, str | None]]:
    """The proven identities, opened, as a controller is told them."""
    return [
        {
            "kind": row.kind.value,
            "value": key.open(row.sealed, "identity").decode(),
            "proof": row.proof.value if row.proof else None,
        }
        for row in rows
        if row.proven_at is not None
    ]


def _thin(case: Case, message: Message, public_url: str) -> dict[str, Any]:
    """Which case and when it is due. What it holds is fetched with the controller's key."""
    return {
        "case_id": str(case.id),
        "reference": case.shown_reference,
        "right": case.right.value,
        "state": case.state.value,
        "outcome": case.outcome.value if case.outcome else None,
        "received_at": case.received_at.isoformat(),
        "assist_due_date": case.assist_due_date.isoformat() if case.assist_due_date else None,
        # The controller's own clock, counted from our receipt: it is its statutory date, not ours.
        "statutory_due_date": case.statutory_due_date.isoformat() if case.statutory_due_date else None,
        "url": f"{public_url}/api/v1/controller/cases/{case.id}",
        **message.facts,
    }
