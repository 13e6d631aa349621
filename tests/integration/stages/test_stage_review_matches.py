"""A match that was decided is decided otherwise while its case is in review: what was collected follows."""

import msgspec
import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE

from dsar.domain.case import State
from dsar.domain.errors import NotNow
from dsar.domain.work import StepKind, StepOutcome, StepState
from dsar.review.planning import Approval
from dsar.store.shipped import shipped


@pytest.fixture
def settings(settings, tmp_path):
    """The demo's profile, under which a person looks before a copy leaves."""
    text = (shipped("profiles") / "demo.toml").read_text(encoding="utf-8")
    path = tmp_path / "reviewed.toml"
    path.write_text(text.replace('approval = ["erasure"]', 'approval = ["erasure", "access"]'))
    return msgspec.structs.replace(settings, profile=str(path))


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    system.person("a", ("email", EMAIL)).add(Row("a", "r1"))
    return system.person("b", ("email", EMAIL), sure=False).add(
        Row("b", "of-b", {"note": "perhaps not hers"})
    )


@pytest.fixture
async def actor(office):
    return await office.staff("Riitta")


async def in_review(office):
    case = await office.case(await office.asked_and_proven("access"))
    (match,) = [match for match in await office.matches(case.id) if not match.sure]
    return case, match


async def decide(office, actor, case, match, decision):
    await office.service.deciding.decide_match(actor, case.id, match.id, decision)
    await office.work()
    return await office.record_ids(case.id)


async def test_an_accepted_match_that_is_rejected_is_forgotten_and_accepted_again_is_collected_again(
    office, crm, actor
):
    case, match = await in_review(office)
    assert await decide(office, actor, case, match, "accepted") == ["r1", "of-b"]
    seen = await office.service.findings.leaving.shown(case.id)
    assert await decide(office, actor, case, match, "rejected") == ["r1"]
    rejected = await office.service.findings.leaving.shown(case.id)
    assert rejected.content != seen.content
    assert rejected.gaps == [], "what is not the person's is no gap"
    assert await decide(office, actor, case, match, "accepted") == ["r1", "of-b"]
    assert (await office.one(case.id)).state is State.IN_REVIEW
    content = (await office.service.findings.leaving.shown(case.id)).content
    await office.service.deciding.approve(actor, case.id, Approval(content=content))
    await office.work()
    assert (await office.one(case.id)).state is State.DELIVERED
    decided = [
        event.data["decision"] for event in await office.events(case.id) if event.type == "match.decided"
    ]
    assert decided == ["accepted", "rejected", "accepted"]
    assert await office.broken() is None


async def test_a_match_that_is_rejected_while_it_is_collected_leaves_nothing_behind(office, crm, actor):
    case, match = await in_review(office)
    deciding = office.service.deciding
    await deciding.decide_match(actor, case.id, match.id, "accepted")
    before = set(crm.asked)
    await deciding.decide_match(actor, case.id, match.id, "rejected")
    await office.work()
    assert set(crm.asked) == before, "nothing more is read of somebody else"
    step = await office.step(case.id, StepKind.SEARCH, f"crm:{match.id}")
    assert (step.state, step.outcome) == (StepState.DONE, StepOutcome.NO_MATCH)
    assert await office.record_ids(case.id) == ["r1"]


async def test_a_decision_on_a_match_stands_once_it_has_left_and_the_same_is_not_taken_twice(
    office, crm, actor
):
    case, match = await in_review(office)
    await decide(office, actor, case, match, "accepted")
    with pytest.raises(NotNow):
        await office.service.deciding.decide_match(actor, case.id, match.id, "accepted")
    content = (await office.service.findings.leaving.shown(case.id)).content
    await office.service.deciding.approve(actor, case.id, Approval(content=content))
    for wait in (False, True):
        if wait:
            await office.work()
        with pytest.raises(NotNow):
            await office.service.deciding.decide_match(actor, case.id, match.id, "rejected")
    assert sorted(await office.record_ids(case.id)) == ["of-b", "r1"]


async def test_what_only_a_person_was_sure_of_is_marked_in_the_findings(office, crm, actor):
    case, match = await in_review(office)
    await decide(office, actor, case, match, "accepted")
    found = await office.service.findings.leaving.summary(case.id)
    assert [(one.match, one.records) for one in found.found] == [("sure", 1), ("unsure", 1)]


async def test_what_goes_to_a_person_by_a_controllers_word_is_approved_by_nobody_else(office, actor):
    # GDPR 28(3)(a)
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE)).add(Row("c", "a1", tenant="a", collection="calls"))
    acme = await office.business("Acme Oy", "a")
    reference = await office.asked_and_proven("access", relations=("caller",), email="", phone=PHONE)
    case = await office.case_of(reference, "a")
    await office.instruct(acme, case.id, "fulfil", answer_to="person")
    shown = await office.service.findings.leaving.shown(case.id)
    assert (shown.people, shown.because) == (0, ())
    assert (await office.one(case.id)).state is State.DELIVERED
