"""The seven scenes of the demo: each plays one request to its end and says what it expected and saw."""

import io
import time
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from msgspec import Struct, field

from dsar.demo import callstore, crm
from dsar.demo.callstore import ANNA, BERTTA
from dsar.demo.faces import REFERENCE, Mailbox, Missing, Person, Staff, wait_for
from dsar.demo.world import World

RECORDED = {"json", "csv"}


class Scene(Struct, kw_only=True):
    """One line of the report. `failures` is empty when everything was as expected."""

    title: str
    right: str
    role: str = ""
    route: str = ""
    systems: str = ""
    records: int = 0
    due_date: str = ""
    rule: str = ""
    outcome: str = ""
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    archives: dict[str, bytes] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)

    def expect(self, what: str, holds: bool) -> None:  # noqa: FBT001 - it reads as a sentence
        """Note an expectation that does not hold."""
        if not holds:
            self.failures.append(what)


class Players(Struct, frozen=True):
    """Everybody and everything on the stage."""

    client: httpx.AsyncClient
    mailbox: Mailbox
    person: Person
    staff: Staff
    world: World


Play = Callable[[Players, Scene], Awaitable[None]]


def _tell(scene: Scene, *details: dict[str, Any]) -> None:
    """Fill the line from the cases as staff sees them."""
    first = details[0]
    ended = {
        str(step["payload"].get("system", step["key"])): str(step["outcome"])
        for detail in details
        for step in detail["steps"]
        if step["kind"] in {"fanout.search", "fanout.order"}
    }
    scene.systems = ", ".join(f"{key}: {outcome.replace('_', ' ')}" for key, outcome in sorted(ended.items()))
    scene.records = sum(
        int(c["records"]) + int(c["attachments"]) for detail in details for c in detail["counts"]
    )
    scene.role = str(first["role"])
    scene.due_date = str(first["due_date"])
    # The rule that moved the date last: what came after it left the date as it was.
    scene.rule = str([step["rule"] for step in first["clock"]["steps"] if step["from"] != step["to"]][-1])
    scene.outcome = ", ".join(sorted({str(detail["outcome"]).replace("_", " ") for detail in details}))


def _names(archive: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return opened.namelist()


def _data(archive: bytes) -> bytes:
    """All records of an archive, as they stand in its files."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return b"".join(opened.read(name) for name in opened.namelist() if name.startswith("data/"))


def _holds_data(scene: Scene, archive: bytes | None, *words: str) -> None:
    """The archive opens, has a page, JSON, CSV and manifest, and holds these words somewhere in its data."""
    scene.expect("an archive was delivered", archive is not None)
    if archive is None:
        return
    names = _names(archive)
    for name in ("index.html", "manifest.json", "README.txt"):
        scene.expect(f"{name} is in the archive", name in names)
    kinds = {name.rpartition(".")[2] for name in names if name.startswith("data/")}
    scene.expect("JSON and CSV are in the archive", kinds >= RECORDED)
    text = _data(archive)
    for word in words:
        scene.expect(f"the archive tells of {word!r}", word.encode() in text)
    scene.expect("no secret is in the archive", b"password_hash" not in text)


async def prospects_access(stage: Players, scene: Scene) -> None:
    """A prospect wants to see what is held: by the form, proven by mail, answered with an archive."""
    reference = await stage.person.ask_by_form(rights="access", relations="prospect", email=crm.PETRA.upper())
    await stage.person.prove(reference, "email", crm.PETRA)
    [case] = await stage.staff.until(reference, "delivered")
    page, archive = await stage.person.fetch(reference, crm.PETRA)
    scene.letters["prospect-access.html"] = page
    _holds_data(scene, archive, "petra.prospekti@example.com", "$pageview")
    if archive:
        scene.archives["prospect-access.zip"] = archive
        scene.expect("what concerns her colleague is withheld", b"Kalle Kollega" not in _data(archive))
    _tell(scene, await stage.staff.case(case["id"]))
    scene.route = "answered by us"
    scene.expect("outcome is fulfilled", case["outcome"] == "fulfilled")


async def _callers(
    stage: Players, scene: Scene, right: str, phone: str, businesses: int
) -> list[dict[str, Any]]:
    """A caller's request: proven by text message, forwarded to each business, instructed, carried out, returned."""
    reference = await stage.person.ask_by_api(rights=[right], relations=["caller"], phone=phone)
    await stage.person.prove(reference, "phone", phone)
    [own] = await stage.staff.until(reference, "closed")
    scene.expect("the person was told whom to ask", own["outcome"] == "referred")
    letter = await stage.mailbox.message(reference, phone, "ask the business")
    scene.letters[f"caller-{right}-whom-to-ask.txt"] = letter.text
    named = any(b.name in letter.text for b in stage.world.businesses)
    scene.expect("the letter names no business", not named)
    theirs = await stage.staff.until(reference, "delivered", count=businesses, of_business=True)
    scene.expect(f"{businesses} businesses were asked", len(theirs) == businesses)
    scene.route = f"forwarded to {businesses}, instructed"
    return [await stage.staff.case(case["id"]) for case in theirs]


async def callers_access(stage: Players, scene: Scene) -> None:
    """A caller of two businesses: two cases, two instructions, two archives, each with one business's calls only."""
    details = await _callers(stage, scene, "access", ANNA.phone, 2)
    for detail in details:
        await wait_for("the controller's archive", _fetched(stage, str(detail["id"])))
        archive = stage.world.receiver.bundles[str(detail["id"])]
        scene.archives[f"caller-access-{detail['tenant']}.zip"] = archive
        _holds_data(scene, archive, ANNA.phone)
        text = _data(archive)
        for business in stage.world.businesses:
            mine = business.tenant == detail["tenant"]
            scene.expect(
                f"{business.tenant} stands in its own archive alone",
                (business.tenant.encode() in text) is mine,
            )
        calls = len(stage.world.calls.of(ANNA.phone, str(detail["tenant"])))
        counted = sum(int(c["records"]) for c in detail["counts"])
        scene.expect(f"all {calls} calls of {detail['tenant']} are there", counted == calls)
        wavs = [name for name in _names(archive) if name.endswith(".wav")]
        scene.expect("three recordings for each call", len(wavs) == 3 * calls)
    _tell(scene, *details)


def _fetched(stage: Players, case_id: str) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return case_id in stage.world.receiver.bundles

    return look


async def callers_erasure(stage: Players, scene: Scene) -> None:
    """A caller's calls erased at the business's word: rows gone from every copy, and the audio."""
    before = callstore.remains(stage.world.calls, BERTTA.phone, "tenant-1")
    scene.expect("there was something to erase", any(before.values()))
    details = await _callers(stage, scene, "erasure", BERTTA.phone, 1)
    after = callstore.remains(stage.world.calls, BERTTA.phone, "tenant-1")
    scene.expect(f"nothing remains, but {after}", not any(after.values()))
    others = callstore.remains(stage.world.calls, ANNA.phone, "tenant-1")
    scene.expect("the other caller's calls are untouched", any(others.values()))
    _tell(scene, *details)
    scene.records = sum(before[name] for name in before if "traces" not in name)


async def account_users_portability(stage: Players, scene: Scene) -> None:
    """An account user takes the data elsewhere: provided and observed data, nothing inferred."""
    reference = await stage.person.ask_by_form(rights="portability", relations="account_user", email=crm.TOMI)
    await stage.person.prove(reference, "email", crm.TOMI)
    [case] = await stage.staff.until(reference, "delivered")
    page, archive = await stage.person.fetch(reference, crm.TOMI)
    scene.letters["account-portability.html"] = page
    _holds_data(scene, archive, crm.TOMI)
    if archive:
        scene.archives["account-portability.zip"] = archive
        data = _data(archive)
        scene.expect("nothing inferred is in it", b"lead_score" not in data)
    _tell(scene, await stage.staff.case(case["id"]))
    scene.route = "answered by us"


async def objection_to_marketing(stage: Players, scene: Scene) -> None:
    """An objection to marketing takes effect at once."""
    reference = await stage.person.ask_by_form(rights="objection", relations="prospect", email=crm.MAIJA)
    await stage.person.prove(reference, "email", crm.MAIJA)
    [case] = await stage.staff.until(reference, "delivered")
    page, _ = await stage.person.fetch(reference, crm.MAIJA)
    scene.letters["objection.html"] = page
    left = await crm.remains(stage.world.crm.crm["url"], crm.MAIJA)
    scene.expect("the do-not-contact list has the address", left.get("do_not_contact") == 1)
    _tell(scene, await stage.staff.case(case["id"]))
    scene.route = "answered by us"
    scene.expect("outcome is fulfilled", case["outcome"] == "fulfilled")


async def erasure_with_an_invoice_on_hold(stage: Players, scene: Scene) -> None:
    """An erasure that a person approves: all gone but the invoices that the law makes us keep, restricted and named."""
    reference = await stage.person.ask_by_form(rights="erasure", relations="account_user", email=crm.TOMI)
    await stage.person.prove(reference, "email", crm.TOMI)
    [case] = await stage.staff.until(reference, "in_review")
    before = await crm.remains(stage.world.crm.crm["url"], crm.TOMI)
    scene.expect("nothing was erased before the approval", any(before.values()))
    await stage.staff.act(case["id"], "approve")
    [case] = await stage.staff.until(reference, "delivered")
    page, _ = await stage.person.fetch(reference, crm.TOMI)
    scene.letters["erasure-with-hold.html"] = page
    detail = await stage.staff.case(case["id"])
    _tell(scene, detail)
    left = {table: n for table, n in (await crm.remains(stage.world.crm.crm["url"], crm.TOMI)).items() if n}
    scene.expect(f"the CRM keeps the do-not-contact note alone, but {left}", left == {"do_not_contact": 1})
    scene.expect("analytics keeps nothing", stage.world.analytics.remaining(crm.TOMI) == 0)
    held = [hold for hold in detail["holds"] if hold["collection"] == "invoice"]
    scene.expect("invoices are held", bool(held))
    scene.expect(
        "each with its date and restricted", all(hold["until"] and hold["restricted"] for hold in held)
    )
    scene.expect("the letter names the statute", "Accounting Act" in page)
    scene.records = sum(
        int(s["detail"].get("changed", 0)) for s in detail["steps"] if s["kind"] == "fanout.order"
    )
    scene.route = "answered by us, approved"
    scene.expect("outcome is fulfilled in part", case["outcome"] == "fulfilled_in_part")


async def impostor(stage: Players, scene: Scene) -> None:
    """Somebody who knows only the address: the same answer as for a stranger, no data, no erasure."""
    before = await crm.remains(stage.world.crm.crm["url"], crm.ILKKA)
    bodies = []
    references = []
    for address in (crm.ILKKA, "nobody.at.all@example.com"):
        answer = await stage.client.post(
            "/api/v1/requests",
            json={"rights": ["access", "erasure"], "relations": ["account_user"], "email": address},
        )
        references.append(str(answer.json()["reference"]))
        bodies.append((answer.status_code, REFERENCE.sub("R", answer.text)))
    scene.expect("known and unknown are answered alike", bodies[0] == bodies[1])
    tries = [
        await stage.client.post(f"/verify/{references[0]}", data={"kind": "email", "code": f"{guess:06d}"})
        for guess in range(6)
    ]
    scene.expect("no guess is taken", all(answer.status_code == 422 for answer in tries))
    cases = await stage.staff.cases(references[0])
    scene.expect("two cases wait for proof", [c["state"] for c in cases] == ["awaiting_identity"] * 2)
    details = [await stage.staff.case(case["id"]) for case in cases]
    searched = [s for detail in details for s in detail["steps"] if s["kind"] != "delivery.send"]
    scene.expect("no system was asked", not searched)
    after = await crm.remains(stage.world.crm.crm["url"], crm.ILKKA)
    scene.expect("everything is as before", before == after and any(after.values()))
    _tell(scene, *details)
    scene.systems, scene.route, scene.outcome = (
        "none asked",
        "stopped at the proof",
        "nothing given, nothing erased",
    )


SCENES: tuple[tuple[str, str, Play], ...] = (
    ("A prospect's access", "access", prospects_access),
    ("A caller's access", "access", callers_access),
    ("A caller's erasure", "erasure", callers_erasure),
    ("An account user's portability", "portability", account_users_portability),
    ("An objection to marketing", "objection", objection_to_marketing),
    ("An erasure with an invoice on hold", "erasure", erasure_with_an_invoice_on_hold),
    ("An impostor", "access, erasure", impostor),
)


async def play(stage: Players, number: int) -> Scene:
    """Play one scene; whatever goes wrong stands in its failures."""
    title, right, scene_of = SCENES[number]
    scene = Scene(title=title, right=right)
    began = time.perf_counter()
    try:
        await scene_of(stage, scene)
    except (Missing, httpx.HTTPError, AssertionError, KeyError, ValueError, zipfile.BadZipFile) as error:
        scene.failures.append(f"{type(error).__name__}: {error}")
    scene.seconds = round(time.perf_counter() - began, 2)
    return scene
