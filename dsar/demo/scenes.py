"""The seven scenes of the demo: each plays one request to its end and says what it expected and saw."""

import time
import zipfile
from collections.abc import Awaitable, Callable
from html import unescape
from typing import Any

import httpx

from dsar.demo import crm
from dsar.demo.callers import callers_access, callers_erasure
from dsar.demo.faces import REFERENCE, Missing
from dsar.demo.stage import Players, Scene, data
from dsar.domain.profile import said
from dsar.domain.rights import Relation

Play = Callable[[Players, Scene], Awaitable[None]]


async def _asked(stage: Players, right: str, email: str, *wished: Relation) -> str:
    reference = await stage.person.ask_by_form(
        rights=right, relations=stage.relation(*wished), email=email, language=stage.language
    )
    await stage.person.prove(reference, "email", email.lower())
    return reference


async def prospects_access(stage: Players, scene: Scene) -> None:
    """A prospect wants to see what is held: by the form, proven by mail, answered with an archive."""
    reference = await _asked(stage, "access", crm.PETRA.upper(), Relation.PROSPECT)
    [case] = await stage.staff.until(reference, "delivered")
    page, archive = await stage.person.fetch(reference, crm.PETRA)
    scene.letters["prospect-access.html"] = page
    seen = ["$pageview"] if stage.describes("analytics") else []
    scene.holds_data(archive, "petra.prospekti@example.com", *seen)
    if archive:
        scene.archives["prospect-access.zip"] = archive
        scene.expect("what concerns her colleague is withheld", b"Kalle Kollega" not in data(archive))
    scene.tell(await stage.staff.case(case["id"]))
    scene.route = "answered by us"
    scene.expect("outcome is fulfilled", case["outcome"] == "fulfilled")


async def account_users_portability(stage: Players, scene: Scene) -> None:
    """An account user takes the data elsewhere: provided and observed data, nothing inferred."""
    reference = await _asked(stage, "portability", crm.TOMI, Relation.ACCOUNT_USER)
    [case] = await stage.staff.until(reference, "delivered")
    page, archive = await stage.person.fetch(reference, crm.TOMI)
    scene.letters["account-portability.html"] = page
    scene.holds_data(archive, crm.TOMI)
    if archive:
        scene.archives["account-portability.zip"] = archive
        scene.expect("nothing inferred is in it", b"lead_score" not in data(archive))
    scene.tell(await stage.staff.case(case["id"]))
    scene.route = "answered by us"


async def objection_to_marketing(stage: Players, scene: Scene) -> None:
    """An objection to marketing takes effect at once."""
    reference = await _asked(stage, "objection", crm.MAIJA, Relation.PROSPECT)
    [case] = await stage.staff.until(reference, "delivered")
    page, _ = await stage.person.fetch(reference, crm.MAIJA)
    scene.letters["objection.html"] = page
    left = await crm.remains(stage.world.crm.crm["url"], crm.MAIJA)
    scene.expect("the do-not-contact list has the address", left.get("do_not_contact") == 1)
    scene.tell(await stage.staff.case(case["id"]))
    scene.route = "answered by us"
    scene.expect("outcome is fulfilled", case["outcome"] == "fulfilled")


async def erasure_with_an_invoice_on_hold(stage: Players, scene: Scene) -> None:
    """An erasure that a person approves: all gone but the invoices that a law makes us keep, restricted and named."""
    reference = await _asked(stage, "erasure", crm.TOMI, Relation.ACCOUNT_USER)
    [case] = await stage.staff.until(reference, "in_review")
    before = await crm.remains(stage.world.crm.crm["url"], crm.TOMI)
    scene.expect("nothing was erased before the approval", any(before.values()))
    plan = await stage.staff.plan(case["id"])
    _expect_plan(stage, scene, plan)
    await stage.staff.act(case["id"], "approve", {"plan": plan["plan"]})
    [case] = await stage.staff.until(reference, "delivered")
    page, _ = await stage.person.fetch(reference, crm.TOMI)
    scene.letters["erasure-with-hold.html"] = page
    detail = await stage.staff.case(case["id"])
    scene.tell(detail)
    left = {table: n for table, n in (await crm.remains(stage.world.crm.crm["url"], crm.TOMI)).items() if n}
    scene.expect(f"the CRM keeps the do-not-contact note alone, but {left}", left == {"do_not_contact": 1})
    scene.expect("analytics keeps nothing", stage.world.analytics.remaining(crm.TOMI) == 0)
    _expect_holds(stage, scene, detail, page)
    scene.records = sum(
        int(s["detail"].get("changed", 0)) for s in detail["steps"] if s["kind"] == "fanout.order"
    )
    held = sum(hold["items"] for hold in detail["holds"])
    scene.expect(f"what is kept is what the plan said: {plan['kept']}, and not {held}", held == plan["kept"])
    scene.route = "answered by us, approved"


def _expect_plan(stage: Players, scene: Scene, plan: dict[str, Any]) -> None:
    """What staff approves: how much would go, and what would stay by which law until when."""
    kept: dict[tuple[str, str], int] = {}
    for system in plan["systems"]:
        scene.expect(f"{system['system']} says what it would do", system["how"] == "foreseen")
        for collection in system["collections"]:
            for one in collection["kept"]:
                kept[one["ground"], one["until"]] = kept.get((one["ground"], one["until"]), 0) + one["items"]
    scene.story.append(f"the plan: {plan['erased']} items would be erased, {plan['kept']} kept")
    scene.story += [f"  {n} kept until {until}, by {ground}" for (ground, until), n in sorted(kept.items())]
    laws = {stage.world.billing_ground} - {None}
    scene.expect(f"the plan keeps by {laws or 'no law'}", {ground for ground, _ in kept} == laws)


def _expect_holds(stage: Players, scene: Scene, detail: dict[str, Any], page: str) -> None:
    """Kept is what the profile's own law keeps: with a date, restricted, and named in the letter."""
    ground = stage.world.billing_ground
    held = [hold for hold in detail["holds"] if hold["collection"] == "invoice"]
    if ground is None:
        scene.expect("no law of the policy keeps invoices", not held)
        scene.expect("outcome is fulfilled", detail["outcome"] == "fulfilled")
        return
    scene.expect("invoices are held", bool(held))
    scene.expect(
        "each with its date and restricted", all(hold["until"] and hold["restricted"] for hold in held)
    )
    statute = said(stage.profile.holds[ground].statute, stage.language)
    scene.expect(f"the letter names {statute!r}", statute in unescape(page))
    scene.expect("outcome is fulfilled in part", detail["outcome"] == "fulfilled_in_part")


async def impostor(stage: Players, scene: Scene) -> None:
    """Somebody who knows only the address: the same answer as for a stranger, no data, no erasure."""
    before = await crm.remains(stage.world.crm.crm["url"], crm.ILKKA)
    bodies = []
    references = []
    relation = stage.relation(Relation.PROSPECT)
    for address in (crm.ILKKA, "nobody.at.all@example.com"):
        answer = await stage.client.post(
            "/api/v1/requests",
            json={"rights": ["access", "erasure"], "relations": [relation], "email": address},
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
    asked = {s["kind"] for detail in details for s in detail["steps"]} - {"delivery.send", "clock.watch"}
    scene.expect("no system was asked", not asked)
    after = await crm.remains(stage.world.crm.crm["url"], crm.ILKKA)
    scene.expect("everything is as before", before == after and any(after.values()))
    scene.tell(*details)
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
