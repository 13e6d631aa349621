"""A whole story with a business in it leaves nobody's name, number, words, address or key in a log, a metric or at rest."""

import io
import logging
from uuid import uuid4

import httpx

from dsar import telemetry

from .hook import listening
from .opendsr_client import identity
from .opendsr_client import request as opendsr_request
from .recorder import Recorder
from .test_web_away import served
from .test_web_logs import logged, quiet
from .visitors import LINK, forwarded
from .world import KNOWN, KNOWN_PHONE, Controller, World

__all__ = ["logged"]  # a fixture
API = "/api/v1/controller"
MEMBER, MEMBER_NAME = "outi.qvist@acme.example", "Outi Qvist"
WORDS = "Zyxwv says no"
PERSONAL = (KNOWN, "anna.known", KNOWN_PHONE, "401234567", "likes blue", MEMBER, "qvist", "Qvist", "Zyxwv")


async def story(world: World, controller: Controller, hook_url: str, client: httpx.AsyncClient) -> list[str]:
    """What a business does by API, page, webhook and OpenDSR, well and badly; the secrets that it met."""
    key = {"authorization": f"Bearer {controller.key}"}

    async def post(path: str, body: object, **headers: str) -> httpx.Response:
        return await client.post(path, json=body, headers=key | {"Idempotency-Key": str(uuid4())} | headers)

    put = await client.put(f"{API}/endpoint", json={"url": hook_url, "payload": "full"}, headers=key)
    secrets = [controller.key, put.json()["secret"]]
    await client.put(f"{API}/endpoint", json={"url": "https://user:Zyxwv@127.0.0.1/"}, headers=key)
    secrets.append((await post(f"{API}/endpoint/secret", {})).json()["secret"])
    secrets.append((await post(f"{API}/keys", {"name": "Zyxwv", "scopes": ["cases:read"]})).json()["key"])
    assert (await post(f"{API}/team", {"name": MEMBER_NAME, "email": MEMBER})).status_code == 201
    await post(f"{API}/team", {"name": MEMBER_NAME, "email": "Zyxwv"})
    await post(f"{API}/endpoint/ping", None)
    # By a question, an answer that fails, an instruction; some of it out of state, some of it broken.
    case_id = await forwarded(world)
    path = f"{API}/cases/{case_id}"
    await post(
        f"{path}/instruction", {"instruction": "need_information", "ground": f"{WORDS}: which number?"}
    )
    await world.drain()
    await client.post(f"{path}/instruction", content=b'{"instruction": "Zyxwv', headers=key)
    assert (await post(f"{path}/instruction", {"instruction": "fulfil"})).status_code == 200
    await post(f"{path}/instruction", {"instruction": "refuse", "ground": WORDS})
    await world.drain()
    assert (await client.get(path, headers=key)).status_code == 200
    assert (await client.get(f"{path}/bundle", headers=key)).status_code == 200
    refused = await forwarded(world, right="erasure")
    await post(f"{API}/cases/{refused}/instruction", {"instruction": "refuse", "ground": WORDS})
    made = await post(f"{API}/requests", {"rights": ["access"], "phone": KNOWN_PHONE, "email": KNOWN})
    assert made.status_code == 201
    await post(f"{API}/requests", {"rights": ["access"], "phone": "Zyxwv"})
    # By OpenDSR, with a callback whose address holds a secret.
    asked = opendsr_request(
        subject_identities=[identity(KNOWN)], status_callback_urls=[f"{hook_url}?t=Zyxwv-callback"]
    )
    assert (await client.post("/opendsr/v2/requests", json=asked, headers=key)).status_code == 201
    await client.post(
        "/opendsr/v2/requests", content=b'{"Zyxwv', headers=key | {"content-type": "application/json"}
    )
    await world.drain()
    return [*secrets, *await _visit(world, client, str(refused))]


async def _visit(world: World, client: httpx.AsyncClient, case_id: str) -> list[str]:
    """The page: a link asked for, spent, a question typed badly, the end of it."""
    await client.post("/business/sign-in", data={"email": MEMBER})
    await client.post("/business/sign-in", data={"email": "Zyxwv@else.example"})
    await world.service.signing_in.settled()
    await world.drain()
    mail = next(m for m in world.messages(MEMBER) if LINK.search(m.text))
    found = LINK.search(mail.text)
    assert found is not None
    entered = await client.post(found[0])
    visit = {"cookie": f"dsar_visit={entered.cookies['dsar_visit']}"}
    form = {"instruction": "refuse", "ground": WORDS * 100}
    await client.post(f"/business/cases/{case_id}/instruction", data=form, headers=visit)
    assert (await client.get("/business", headers=visit)).status_code == 200
    await client.post("/business/sign-out", headers=visit)
    return [found[1], entered.cookies["dsar_visit"]]


async def test_a_story_with_a_business_in_it_logs_nothing_personal_and_no_secret(
    world: World, controller: Controller, recorder: Recorder, logged: io.StringIO
) -> None:
    async with listening() as hook, served(world.app) as url:
        hook.answers = [(500, b"Zyxwv failed"), (204, b""), (302, b"")]
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            secrets = await story(world, controller, f"{hook.url}/Zyxwv-path", client)
            telemetry.log.info("ours.was_heard")
            logging.getLogger("uvicorn.error").info("theirs was heard")
            metrics = (await client.get("/metrics")).text
        assert hook.got
    text = logged.getvalue()
    assert "ours.was_heard" in text
    assert "theirs was heard" in text
    assert "dsar_" in metrics
    for told in (text, metrics):
        quiet(told, *PERSONAL, *secrets)


# Where an address or a word stands open on purpose.
OPEN = {
    "endpoint": {"url"},
    "opendsr_request": {"callback_urls"},
    "outbox": {"facts"},  # the address of a callback
    "credential": {"name"},
    "attempt": {"response"},  # the first bytes of what an endpoint answered
}


async def test_at_rest_a_story_with_a_business_in_it_leaves_nothing_personal_in_the_clear(
    world: World, controller: Controller, recorder: Recorder
) -> None:
    async with listening() as hook:
        secrets = await story(world, controller, f"{hook.url}/Zyxwv-path", world.client)
    tables = await world.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    for name in sorted(table["name"] for table in tables):
        shown = "to_jsonb(t) - $1::text[]"
        rows = await world.rows(f"SELECT ({shown})::text AS row FROM {name} t", sorted(OPEN.get(name, ())))
        kept = "\n".join(row["row"] for row in rows)
        for value in (*PERSONAL, *secrets):
            assert value not in kept, (name, value)
            assert value.encode().hex() not in kept, (name, value)
