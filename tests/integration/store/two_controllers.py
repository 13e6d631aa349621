"""Two controllers, Acme and Beta, with rows of both in every table that a controller can reach.

`OWNED` and `CLOSED` are the decision on each table: whose its rows are, or that no controller reads it.
"""

import secrets
from uuid import UUID

from msgspec import Struct
from stage_double import Row
from stage_office import PHONE

from dsar.domain.identity import ProofKind
from dsar.store.rows import new_id

OWN_CASES = "SELECT id FROM case_file WHERE controller_id = {a}"
# Whose a row is: the condition under which it is A's.
OWNED = {
    "controller": "id = {a}",
    "endpoint": "controller_id = {a}",
    "member": "controller_id = {a}",
    "standing_instruction": "controller_id = {a}",
    "credential": "controller_id = {a}",
    "case_file": "controller_id = {a}",
    "request": "id IN (SELECT request_id FROM case_file WHERE controller_id = {a})",
    "identity": f"case_id IN ({OWN_CASES})",
    "event": f"case_id IN ({OWN_CASES})",
    "step": f"case_id IN ({OWN_CASES})",
    "segment": f"case_id IN ({OWN_CASES})",
    "bundle": f"case_id IN ({OWN_CASES})",
    "outbox": "controller_id = {a}",
    "attempt": "outbox_id IN (SELECT id FROM outbox WHERE controller_id = {a})",
    "opendsr_request": "controller_id = {a}",
}
# A controller's connection has no right to these at all.
CLOSED = {
    "profile",
    "staff",
    "system",
    "system_rate",
    "system_event",
    "erasure_plan",
    "recheck",
    "redaction",
    "approval",
    "upload",
    "call_count",
    "challenge",
    "sign_in",
    "visit",
    "signing_key",
    "match",
    "letter",
    "download",
    "transfer",
    "hold",
    "legal_hold",
    "decision",
    "suppression",
    "tombstone",
    "note",
    "idempotency",
    "migration",
}


class Two(Struct):
    """The controllers, and a case of each that was fulfilled."""

    a: UUID
    b: UUID
    a_case: UUID
    b_case: UUID

    def __iter__(self):
        return iter((self.a, self.b))


async def two_controllers(office, sql) -> Two:
    """Both fulfilled a case of the same caller, and have all else that a controller may have."""
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE))
    calls.add(Row("c", "a1", tenant="a", collection="calls"), Row("c", "b1", tenant="b", collection="calls"))
    a, b = await office.business("Acme Oy", "a"), await office.business("Beta Oy", "b")
    reference = await office.asked_and_proven("access", relations=("caller",), email="", phone=PHONE)
    held = {}
    for controller_id, tenant in ((a, "a"), (b, "b")):
        case = await office.case_of(reference, tenant)
        await office.instruct(controller_id, case.id, "fulfil", answer_to="controller")
        held[tenant] = case.id
        # A request that it made for a caller of its own, which shares nothing with the other's.
        await office.ask(
            "access",
            relations=("caller",),
            email="",
            phone=f"+35840765432{len(held)}",
            channel="controller_api",
            proof=ProofKind.CONTROLLER,
            controller_id=controller_id,
            tenant=tenant,
            actor=f"controller:{controller_id}",
        )
        await _furnish(sql, controller_id, case.id)
    return Two(a, b, held["a"], held["b"])


async def _furnish(sql, controller_id, case_id):
    """What the office does not do by itself."""
    member, message = new_id(), new_id()
    await sql.execute(
        "INSERT INTO endpoint (controller_id, url, sealed_secret, created_at) "
        "VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING",
        controller_id,
        f"https://{controller_id}.example/",
        secrets.token_bytes(16),
    )
    await sql.execute(
        "INSERT INTO member (id, controller_id, sealed_email, blind_index, sealed_name, language, created_at) "
        "VALUES ($1, $2, $3, $3, $3, 'en', now())",
        member,
        controller_id,
        secrets.token_bytes(16),
    )
    await sql.execute(
        "INSERT INTO standing_instruction (id, controller_id, rights, instruction, given_by, given_at) "
        "VALUES ($1, $2, '{erasure}', 'handled_by_us', $3, now())",
        new_id(),
        controller_id,
        f"controller:{controller_id}",
    )
    await sql.execute(
        "INSERT INTO credential (digest, kind, controller_id, name, created_at) "
        "VALUES ($1, 'controller', $2, $3, now())",
        secrets.token_bytes(32),
        controller_id,
        f"key of {controller_id}",
    )
    await sql.execute(
        "INSERT INTO outbox (id, case_id, channel, template, controller_id, created_at) "
        "VALUES ($1, $2, 'webhook', 'case.forwarded', $3, now())",
        message,
        case_id,
        controller_id,
    )
    await sql.execute(
        "INSERT INTO attempt (outbox_id, number, at, status, response, seconds) VALUES ($1, 1, now(), 200, $2, 1)",
        message,
        controller_id.bytes,
    )
    await sql.execute(
        "INSERT INTO opendsr_request (controller_id, subject_request_id, case_id, version, regulation, "
        "subject_request_type, callback_urls, body_blind, submitted_time, received_time) "
        "VALUES ($1, gen_random_uuid(), $2, '2.0', 'gdpr', 'access', '{}', $3, now(), now())",
        controller_id,
        case_id,
        secrets.token_bytes(16),
    )
    await sql.execute(
        "INSERT INTO visit (token_digest, member_id, created_at, expires_at) VALUES ($1, $2, now(), now())",
        secrets.token_bytes(32),
        member,
    )
    await sql.execute(
        "INSERT INTO sign_in (token_digest, member_id, created_at, expires_at) VALUES ($1, $2, now(), now())",
        secrets.token_bytes(32),
        member,
    )
