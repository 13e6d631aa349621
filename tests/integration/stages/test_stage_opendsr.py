"""A conversation by OpenDSR from discovery to its last callback, each checked with Node's crypto and with Python's."""

import base64
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from stage_double import Row
from stage_office import EMAIL, PHONE
from stage_receiver import receiver

from dsar.contract import Throttled
from dsar.domain.case import State
from dsar.domain.controllers import KeyScope
from dsar.domain.identity import ProofKind
from dsar.domain.work import StepKind, StepOutcome
from dsar.outbound.webhook import new_secret
from dsar.store import credentials, endpoints
from dsar.store.endpoints import SECRET_PURPOSE
from dsar.vault.keys import new_token, token_digest
from dsar.web import create_app

__all__ = ["receiver"]

RECEIVERS = Path(__file__).parents[3] / "docs" / "receivers"
NODE = shutil.which("node")
pytestmark = pytest.mark.usefixtures("one_signing_key")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")
ASKED = "a7551968-d5d6-44b2-9831-815ac9017798"
# Section 7.2 of the specification, without its comma too many and with the field that version 2.0 added.
FROM_THE_TEXT = """{
  "regulation": "gdpr",
  "subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798",
  "subject_request_type": "erasure",
  "submitted_time": "2018-10-02T15:00:00Z",
  "subject_identities": [
    {
      "identity_type": "email",
      "identity_value": "johndoe@example.com",
      "identity_format": "raw"
    }
  ],
  "api_version": "2.0",
  "status_callback_urls": [
    "%s"
  ],
  "extensions": {
    "example-processor.com": {
      "foo-processor-custom-id":123456,
      "property_id": "123456"
    },
    "example-other-processor.com": {
      "foo-other-processor-custom-id":654321
    }
  }
}
"""


class Program:
    """The controller's program."""

    def __init__(self, office, client, controller_id, folder):
        self.office, self.client, self.id, self.folder = office, client, controller_id, folder

    async def discover(self):
        """As the text has it: the certificate is where discovery says."""
        said = (await self.client.get("/opendsr/v2/discovery")).json()
        pem = (await self.client.get(said["processor_certificate"])).content
        (self.folder / "certificate.pem").write_bytes(pem)
        return said

    async def ask(self, url, path="/opendsr/v2/requests"):
        body = (FROM_THE_TEXT % url).encode()
        answer = await self.client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 201, answer.text
        return body, answer

    async def status(self):
        return (await self.client.get(f"/opendsr/v2/requests/{ASKED}")).json()["request_status"]

    def check(self, headers, body, scheme="pkcs1v15", name="x-opendsr"):
        """With this program's own hands, and with the samples that we publish."""
        domain, signature = headers[f"{name}-processor-domain"], headers[f"{name}-signature"]
        assert domain == "127.0.0.1"
        assert self.by(sys.executable, "opendsr_callback.py", domain, signature, scheme, body) == ""
        certificate = x509.load_pem_x509_certificate((self.folder / "certificate.pem").read_bytes())
        pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
        how = pss if scheme == "pss" else padding.PKCS1v15()
        certificate.public_key().verify(base64.b64decode(signature), body, how, SHA256())

    def check_with_node(self, headers, body, scheme="pkcs1v15"):
        domain, signature = headers["x-opendsr-processor-domain"], headers["x-opendsr-signature"]
        assert self.by(NODE, "opendsr_callback.mjs", domain, signature, scheme, body) == ""

    def by(self, program, script, domain, signature, scheme, body):
        """What a sample says against it; nothing where all is well."""
        line = [program, RECEIVERS / script, self.folder / "certificate.pem", domain, signature, scheme]
        done = subprocess.run(line, input=body, capture_output=True, check=False, timeout=60)
        said = done.stderr.decode().strip()
        assert (done.returncode == 0) == (said == "")
        return said


@pytest.fixture
async def program(office, tmp_path):
    """On the true clock: the samples hold the certificate against theirs."""
    office.clock.at = datetime.now(UTC)
    controller_id = await office.business("Acme Oy", "a")
    key = new_token("dsar_controller_")
    async with office.db.write() as tx:
        await credentials.add(
            tx,
            token_digest(key),
            "opendsr",
            office.clock(),
            controller_id=controller_id,
            scopes=(KeyScope.OPENDSR,),
        )
    transport = httpx.ASGITransport(create_app(office.service))
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8321", headers=headers
    ) as client:
        yield Program(office, client, controller_id, tmp_path)


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    system.person("j", ("email", "johndoe@example.com"))
    return system.add(
        Row("j", "mine", tenant="a"), Row("j", "too", tenant="a"), Row("j", "theirs", tenant="b")
    )


def bodies(receiver):
    return [msgspec.json.decode(body) for _, body in receiver.got]


@needs_node
async def test_a_conversation_runs_from_discovery_to_its_completion_and_node_and_python_verify_each_callback(
    office, program, crm, receiver
):
    said = await program.discover()
    assert {"identity_type": "email", "identity_format": "raw"} in said["supported_identities"]
    assert "erasure" in said["supported_subject_request_types"]
    body, answer = await program.ask(receiver.url)
    assert base64.b64decode(answer.json()["encoded_request"]) == body
    await office.work()
    assert await program.status() == "pending"
    assert crm.asked == []

    office.clock.turn(minutes=61)
    crm.faults["find"].append(Throttled("later", until=office.clock.at + timedelta(hours=1)))
    await office.work()
    assert await program.status() == "in_progress"
    assert crm.ids() == ["mine", "theirs", "too"]

    office.clock.turn(days=2)
    await office.work()
    assert await program.status() == "completed"
    assert crm.ids() == ["theirs"]

    assert [told["request_status"] for told in bodies(receiver)] == ["pending", "in_progress", "completed"]
    for headers, sent in receiver.got:
        program.check(headers, sent)
        program.check_with_node(headers, sent)
        assert headers["content-type"] == "application/json"
        told = msgspec.json.decode(sent)
        assert told["controller_id"] == str(program.id) == answer.json()["controller_id"]
        assert told["subject_request_id"] == ASKED
        assert told["status_callback_url"] == receiver.url
        assert told["expected_completion_time"] == answer.json()["expected_completion_time"]
        assert told["api_version"] == "2.0"
        assert "johndoe" not in sent.decode()
    assert bodies(receiver)[2]["results_count"] == 2
    assert bodies(receiver)[2]["extensions"] == {"127.0.0.1": {"outcome": "fulfilled"}}


async def test_a_pending_request_is_cancelled_and_its_controller_called_back(office, program, crm, receiver):
    await program.discover()
    await program.ask(receiver.url)
    await office.work()
    answer = await program.client.delete(f"/opendsr/v2/requests/{ASKED}")
    assert answer.status_code == 202
    program.check(answer.headers, answer.content)
    await office.work()
    office.clock.turn(days=1)
    await office.work()
    assert [told["request_status"] for told in bodies(receiver)] == ["pending", "cancelled"]
    assert all("results_count" not in told for told in bodies(receiver))
    for headers, sent in receiver.got:
        program.check(headers, sent)
    assert crm.asked == []


@needs_node
async def test_a_changed_byte_another_domain_and_another_padding_are_seen_by_both_samples(
    office, program, crm, receiver
):
    await program.discover()
    await program.ask(receiver.url)
    await office.work()
    ((headers, body),) = receiver.got
    domain, signature = headers["x-opendsr-processor-domain"], headers["x-opendsr-signature"]
    changed = body.replace(b"pending", b"pendinG")
    for tool in ((sys.executable, "opendsr_callback.py"), (NODE, "opendsr_callback.mjs")):
        assert "signature" in program.by(*tool, domain, signature, "pkcs1v15", changed)
        assert "signature" in program.by(*tool, domain, signature, "pss", body)
        assert "alternative names" in program.by(*tool, "example.com", signature, "pkcs1v15", body)


@needs_node
async def test_a_controller_that_chose_pss_is_called_back_with_pss(office, program, crm, receiver, sql):
    await sql.execute("UPDATE controller SET opendsr_padding = 'pss'")
    await program.discover()
    await program.ask(receiver.url)
    await office.work()
    ((headers, body),) = receiver.got
    program.check(headers, body, "pss")
    program.check_with_node(headers, body, "pss")


async def test_a_request_by_the_older_protocol_is_called_back_under_its_older_name(
    office, program, crm, receiver
):
    await program.discover()
    body = (FROM_THE_TEXT % receiver.url).replace('"regulation": "gdpr",', "").replace('"2.0"', '"1.0"')
    answer = await program.client.post(
        "/opendsr/v1/opengdpr_requests", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 201
    await office.work()
    ((headers, sent),) = receiver.got
    program.check(headers, sent, name="x-opengdpr")
    assert "x-opendsr-signature" not in headers
    assert msgspec.json.decode(sent)["api_version"] == "1.0"


async def test_a_callback_that_fails_comes_again_with_the_same_body_and_every_address_has_its_own_tries(
    office, program, crm, receiver, sql
):
    await program.discover()
    other = f'{receiver.url}", "{receiver.base}/second'
    receiver.answers = [(500, b""), (500, b"")]
    await program.ask(other)
    await office.work()
    office.clock.turn(seconds=10)
    await office.work()
    first = {headers[":path"]: body for headers, body in receiver.got[:2]}
    again = {headers[":path"]: body for headers, body in receiver.got[2:]}
    assert first == again
    assert set(first) == {"/hook", "/second"}
    rows = await sql.fetch(
        "SELECT o.id, a.number, a.status FROM attempt a JOIN outbox o ON o.id = a.outbox_id "
        "WHERE o.channel = 'opendsr' ORDER BY o.id, a.number"
    )
    assert [(row["number"], row["status"]) for row in rows] == [(1, 500), (2, 204), (1, 500), (2, 204)]
    assert len({row["id"] for row in rows}) == 2


async def test_an_address_of_a_callback_that_is_gone_switches_no_endpoint_off(
    office, program, crm, receiver, sql
):
    receiver.always = (410, b"")
    async with office.db.write() as tx:
        sealed = office.service.vault.seal(new_secret().encode(), SECRET_PURPOSE)
        await endpoints.put(tx, program.id, f"{receiver.base}/never", sealed, "thin", office.clock())
    await program.discover()
    await program.ask(receiver.url)
    await office.work()
    assert await sql.fetchval("SELECT disabled_at FROM endpoint") is None
    assert await sql.fetchval("SELECT sent_at FROM outbox WHERE channel = 'opendsr'") is None


async def test_a_refusal_is_called_back_as_completed_with_no_results_and_its_ground(
    office, program, crm, receiver, sql
):
    await program.discover()
    await program.ask(receiver.url)
    case_id = await sql.fetchval("SELECT id FROM case_file")
    await office.instruct(program.id, case_id, "refuse", "not a customer of ours")
    assert [told["request_status"] for told in bodies(receiver)] == ["pending", "completed"]
    told = bodies(receiver)[1]
    assert told["results_count"] == 0
    assert told["extensions"] == {"127.0.0.1": {"outcome": "refused", "ground": "GDPR 28(3)(a)"}}
    assert "results_url" not in told
    assert "not a customer" not in str(bodies(receiver))


async def test_a_question_of_the_controllers_own_keeps_its_request_from_beginning_by_itself(
    office, program, crm, receiver, sql
):
    await program.ask(receiver.url)
    case_id = await sql.fetchval("SELECT id FROM case_file")
    await office.instruct(program.id, case_id, "need_information", "which shop was it?")
    office.clock.turn(hours=2)
    await office.work()
    assert (await office.one(case_id)).state is State.AWAITING_CONTROLLER
    assert crm.asked == []


async def test_no_other_case_is_called_back(office, program, crm, sql):
    await office.ask(
        "access",
        relations=("caller",),
        phone=PHONE,
        email=EMAIL,
        channel="controller_api",
        proof=ProofKind.CONTROLLER,
        controller_id=program.id,
        tenant="a",
    )
    case_id = await sql.fetchval("SELECT id FROM case_file")
    await office.instruct(program.id, case_id, "fulfil")
    assert await sql.fetchval("SELECT count(*) FROM outbox WHERE channel = 'opendsr'") == 0


async def test_the_beginning_waits_as_long_as_the_profile_says_and_is_dropped_by_a_cancellation(
    office, program, crm, receiver, sql
):
    await program.ask(receiver.url)
    case_id = await sql.fetchval("SELECT id FROM case_file")
    step = await office.step(case_id, StepKind.BEGIN)
    minutes = office.service.profile.profile.assist.cancellable_minutes
    assert minutes == 60
    assert (step.due_at - step.created_at).total_seconds() == minutes * 60
    await program.client.delete(f"/opendsr/v2/requests/{ASKED}")
    assert (await office.step(case_id, StepKind.BEGIN)).outcome is StepOutcome.DROPPED
