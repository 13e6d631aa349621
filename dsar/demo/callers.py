"""Callers' requests, by the way that the profile sends them: forwarded, referred, or answered by ourselves."""

from collections.abc import Awaitable, Callable
from typing import Any

from dsar.demo import callstore
from dsar.demo.business_page import BusinessPage
from dsar.demo.callstore import ANNA, BERTTA
from dsar.demo.faces import wait_for
from dsar.demo.receiver import Business
from dsar.demo.stage import Players, Scene, data, names
from dsar.domain.profile import CallersRule, Strength
from dsar.domain.rights import Relation

Details = list[dict[str, Any]]


async def callers_access(stage: Players, scene: Scene) -> None:
    """A caller of two businesses: each business's calls in an archive of its own, or all in one of ours."""
    if Relation.CALLER not in stage.profile.processor_for:
        await _our_callers_access(stage, scene)
        return
    details = await _through_businesses(stage, scene, "access", ANNA.phone, stage.world.businesses)
    for detail in details:
        archive = await _returned(stage, detail)
        scene.archives[f"caller-access-{detail['tenant']}.zip"] = archive
        _expect_calls_of(stage, scene, archive, detail)
    scene.tell(*details)


def _expect_calls_of(stage: Players, scene: Scene, archive: bytes, detail: dict[str, Any]) -> None:
    scene.holds_data(archive, ANNA.phone)
    text = data(archive)
    for business in stage.world.businesses:
        mine = business.tenant == detail["tenant"]
        there = business.tenant.encode() in text
        scene.expect(f"{business.tenant} stands in its own archive alone", there is mine)
    calls = stage.world.calls.of(ANNA.phone, str(detail["tenant"]))
    counted = {str(c["collection"]): int(c["records"]) for c in detail["counts"]}
    wanted = f"all {len(calls)} calls of {detail['tenant']} are there"
    scene.expect(wanted, counted["calls"] == len(calls))
    said = sum(call.of_three for call in calls) if stage.describes("call_transcripts") else 0
    scene.expect("what was said is there where it was written down", counted.get("transcripts", 0) == said)
    wavs = [name for name in names(archive) if name.endswith(".wav")]
    scene.expect("three recordings for each call", len(wavs) == 3 * len(calls))


async def _our_callers_access(stage: Players, scene: Scene) -> None:
    """The company is controller of calls as well: it answers itself, and a number alone opens no recording."""
    detail = await _by_ourselves(stage, scene, "access", ANNA.phone)
    page, archive = await stage.person.fetch(str(detail["reference"]), ANNA.phone)
    scene.letters["caller-access.html"] = page
    scene.holds_data(archive, ANNA.phone)
    if archive is not None:
        scene.archives["caller-access.zip"] = archive
        proof = stage.profile.categories["call_recordings"].proof
        needed = proof or stage.profile.proof.default
        heard = any(name.endswith(".wav") for name in names(archive))
        scene.expect("a telephone number alone opens no recording", heard is (needed is Strength.ONE))
    scene.tell(detail)


async def callers_erasure(stage: Players, scene: Scene) -> None:
    """A caller's calls erased at the business's word, or by ourselves: rows gone from every copy, and the audio."""
    before = callstore.remains(stage.world.calls, BERTTA.phone, "tenant-1")
    scene.expect("there was something to erase", any(before.values()))
    if Relation.CALLER in stage.profile.processor_for:
        details = await _through_businesses(stage, scene, "erasure", BERTTA.phone, stage.world.businesses[:1])
    else:
        details = [await _by_ourselves(stage, scene, "erasure", BERTTA.phone)]
        page, _ = await stage.person.fetch(str(details[0]["reference"]), BERTTA.phone)
        scene.letters["caller-erasure.html"] = page
    after = callstore.remains(stage.world.calls, BERTTA.phone, "tenant-1")
    scene.expect(f"nothing remains, but {after}", not any(after.values()))
    others = callstore.remains(stage.world.calls, ANNA.phone, "tenant-1")
    scene.expect("the other caller's calls are untouched", any(others.values()))
    scene.tell(*details)
    scene.records = sum(before[name] for name in before if "traces" not in name)


async def _through_businesses(
    stage: Players, scene: Scene, right: str, phone: str, businesses: list[Business]
) -> Details:
    """The person is told whom to ask; each business's case is forwarded, or the business brings it itself."""
    reference = await _asked(stage, right, phone)
    [own] = await stage.staff.until(reference, "closed")
    scene.expect("the person was told whom to ask", own["outcome"] == "referred")
    letter = await stage.mailbox.letter(reference, phone)
    scene.letters[f"caller-{right}-whom-to-ask.txt"] = letter.text
    named = any(business.name in letter.text for business in stage.world.businesses)
    scene.expect("the letter names no business", not named)
    if stage.profile.callers is CallersRule.FORWARD:
        for business in businesses:
            if business.mail:
                await _instruct_by_page(stage, scene, business, reference)
        theirs = await stage.staff.until(reference, "delivered", count=len(businesses), of_business=True)
        scene.expect(f"{len(businesses)} businesses were asked", len(theirs) == len(businesses))
        by_page = ", one by its page" if any(business.mail for business in businesses) else ""
        scene.route = f"forwarded to {len(businesses)}, instructed{by_page}"
        return [await stage.staff.case(case["id"]) for case in theirs]
    told = [await stage.staff.case(case["id"]) for case in await stage.staff.of_businesses(reference)]
    ended = [case["outcome"] for case in told] == ["referred"] * len(businesses)
    scene.expect("each business hears that somebody will come", ended)
    scene.expect("and not who", not any(case["identities"] for case in told))
    scene.route = f"referred; {len(businesses)} came and instructed"
    brought = [await stage.world.receiver.bring(business, right, phone) for business in businesses]
    found = [await stage.staff.until(one, "delivered", of_business=True) for one in brought]
    return [await stage.staff.case(cases[0]["id"]) for cases in found]


async def _instruct_by_page(stage: Players, scene: Scene, business: Business, reference: str) -> None:
    """A mail came; its link leads to the page of the request, where a button is pressed."""
    page = BusinessPage(stage.client, stage.mailbox, business.mail)
    number = await wait_for(f"the case of {business.tenant}", _number(stage, business, reference))
    where = await page.sign_in(number)
    shown = await page.look(where)
    scene.expect("the page names the case", number in shown)
    scene.expect("the person's reference is the person's alone", reference not in shown)
    await page.instruct(where, instruction="fulfil", answer_to="controller", sure="yes")


def _number(stage: Players, business: Business, reference: str) -> Callable[[], Awaitable[str | None]]:
    async def look() -> str | None:
        cases = await stage.staff.of_businesses(reference)
        return next((str(case["number"]) for case in cases if case["tenant"] == business.tenant), None)

    return look


async def _returned(stage: Players, detail: dict[str, Any]) -> bytes:
    """The archive, as its business has it: fetched by key when the webhook said so, or downloaded on the page."""
    case_id = str(detail["id"])
    [business] = [one for one in stage.world.businesses if one.tenant == detail["tenant"]]
    if business.mail and stage.profile.callers is CallersRule.FORWARD:
        page = BusinessPage(stage.client, stage.mailbox, business.mail)
        return await page.download(await page.sign_in(str(detail["number"])))
    if business.mail:
        return await stage.world.receiver.fetch(business, case_id)
    await wait_for("the controller's archive", _fetched(stage, case_id))
    return stage.world.receiver.bundles[case_id]


async def _by_ourselves(stage: Players, scene: Scene, right: str, phone: str) -> dict[str, Any]:
    reference = await _asked(stage, right, phone)
    [case] = await stage.staff.until(reference, "in_review", "delivered")
    scene.route = "answered by us"
    if case["state"] == "in_review":
        plan = await stage.staff.plan(case["id"]) if right == "erasure" else None
        await stage.staff.act(case["id"], "approve", {"plan": plan["plan"]} if plan else None)
        [case] = await stage.staff.until(reference, "delivered")
        scene.route = "answered by us, approved"
    return await stage.staff.case(case["id"])


async def _asked(stage: Players, right: str, phone: str) -> str:
    reference = await stage.person.ask_by_api(
        rights=[right], relations=["caller"], phone=phone, language=stage.language
    )
    await stage.person.prove(reference, "phone", phone)
    return reference


def _fetched(stage: Players, case_id: str) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return case_id in stage.world.receiver.bundles

    return look
