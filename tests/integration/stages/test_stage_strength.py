"""How well somebody must have proven who they are: for a right, for a category; and what asking often leads to."""

import io
import json
import re
import zipfile

import msgspec
import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE
from stage_rights import ALL, actor, ask, crm, finish, letters, settings, tasks, types

from dsar.cli.audit import verify_all
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotNow
from dsar.domain.identity import IdentityKind
from dsar.domain.work import StepKind
from dsar.outbound.mail import PostError

__all__ = ["actor", "crm", "settings"]


# What a right needs


async def test_a_right_that_needs_two_proofs_does_not_begin_on_one_code(office, crm, actor):
    reference = await office.ask("portability", phone=PHONE)
    await office.prove(reference)
    with pytest.raises(InvalidInput):
        await office.service.proving.go_on(reference)
    await office.work()
    assert (await office.case(reference)).state is State.AWAITING_IDENTITY
    assert crm.asked == []
    await office.prove(reference, IdentityKind.PHONE, PHONE)
    await office.work()
    assert (await office.case(reference)).state is State.DELIVERED


async def test_two_codes_to_one_kind_of_address_are_one_proof(office, crm, actor):
    reference = await office.ask("portability")
    await office.prove(reference)
    await office.work()
    case = await office.case(reference)
    assert case.state is State.AWAITING_IDENTITY
    assert crm.asked == []


async def test_whoever_typed_every_code_and_still_lacks_proof_is_a_persons_task(office, crm, actor):
    reference = await office.ask("portability")
    await office.prove(reference)
    await office.work()
    case = await office.case(reference)
    assert list(await tasks(office, case.id)) == ["identity"]
    assert (await office.event(case.id, "identity.more_needed")).data == {"needed": "two"}
    with pytest.raises(NotNow):
        await finish(office, actor, case.id, "identity")
    await office.service.asking.check_identity(actor, case.id, "Zyxwv showed a passport at the desk.")
    await office.work()
    assert await tasks(office, case.id) == {}
    case = await office.case(reference)
    assert case.state is State.DELIVERED
    checked = await office.event(case.id, "identity.checked")
    assert checked.actor == actor.name
    assert "Zyxwv" not in str([event.data for event in await office.events(case.id)])


async def test_a_right_that_staff_checks_begins_on_no_code_and_on_the_check(office, crm, actor):
    # GDPR 12(6), EDPB 01/2022 §79
    reference = await office.ask("automated_decision", phone=PHONE)
    await office.prove(reference)
    await office.prove(reference, IdentityKind.PHONE, PHONE)
    await office.work()
    case = await office.case(reference)
    assert (case.state, crm.asked) == (State.AWAITING_IDENTITY, [])
    await office.service.asking.check_identity(actor, case.id, "Called back.")
    await office.work()
    assert (await office.case(reference)).state is State.IN_REVIEW
    checked = [event.type for event in await office.events(case.id)]
    assert "identity.checked" in checked


async def test_the_rights_of_one_request_begin_each_with_its_own_proof(office, crm, actor):
    reference = await office.asked_and_proven("access", "portability")
    states = {case.right: case.state for case in await office.cases(reference)}
    assert states == {"access": State.DELIVERED, "portability": State.AWAITING_IDENTITY}


async def test_a_check_begins_every_case_of_the_request_that_waits(office, crm, actor):
    reference = await office.ask("access", "portability")
    first, second = await office.cases(reference)
    await office.service.asking.check_identity(actor, second.id, "Called back.")
    await office.work()
    assert {case.state for case in await office.cases(reference)} == {State.DELIVERED}
    with pytest.raises(NotNow):
        await office.service.asking.check_identity(actor, first.id, "Once more.")


# What a category needs


@pytest.fixture
async def bills(office, crm):
    crm.add(Row("a", "bill-1", {"sum": 12, "iban": "FI21"}, collection="invoices"))
    return crm


async def fetched(office, to=EMAIL):
    token = re.search(r"/download/([\w-]+)", office.messages(to)[0].text)[1]
    await office.service.fetching.send_code(token)
    await office.work()
    grant = await office.service.fetching.open_with_code(token, office.code(to))
    stream = await office.service.downloading.for_person(token, grant, 1)
    data = b"".join([piece async for piece in stream])
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


async def test_a_category_that_wants_a_better_proof_stays_out_and_is_named_everywhere(office, bills, actor):
    case = await office.case(await office.asked_and_proven("access"))
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED_IN_PART)
    letter = await office.letter(case.id)
    withheld = letter.partition("What we withheld, and why")[2].partition("\n\n")[0]
    assert "Invoices: 1 record" in withheld
    assert "Article 12(6) GDPR" in withheld
    files = await fetched(office)
    assert not [name for name in files if "billing" in name]
    assert "FI21" not in "".join(files.values())
    left = json.loads(files["manifest.json"])["left_out"]
    assert [(one["category"], one["reason"], one["records"]) for one in left] == [
        ("billing", "proof_too_weak", 1)
    ]
    page = files["index.html"]
    assert "portability does not reach it" not in page
    assert "12(6)" in page
    assert "Nothing was withheld from what we found.<" not in page
    assert "12(6)" in files["README.en.txt"]


async def test_with_staffs_check_the_category_is_in_the_copy(office, bills, actor):
    case = await office.case(await office.ask("access"))
    await office.service.asking.check_identity(actor, case.id, "Called back on the number on file.")
    await office.work()
    case = await office.one(case.id)
    assert case.outcome is Outcome.FULFILLED
    assert any("FI21" in text for text in (await fetched(office)).values())


# Asking often


async def test_more_requests_a_year_than_usual_are_flagged_and_nothing_else_changes(office, crm, actor):
    cases = [await office.case(await office.asked_and_proven("access")) for _ in range(3)]
    flags = [types(await office.events(case.id)).count("abuse.flagged") for case in cases]
    assert flags == [0, 0, 1]
    assert (await office.event(cases[2].id, "abuse.flagged")).data == {"requests": 3, "usual": 2}
    assert {(case.state, case.outcome, case.due_date) for case in cases} == {
        (State.DELIVERED, Outcome.FULFILLED, cases[0].due_date)
    }


async def test_a_check_by_staff_counts_as_a_code_does(office, crm, actor):
    for _ in range(2):
        await office.asked_and_proven("access")
    case = await office.case(await office.ask("access"))
    await office.service.asking.check_identity(actor, case.id, "Called back.")
    assert "abuse.flagged" in types(await office.events(case.id))


async def test_requests_in_somebody_elses_name_or_of_another_year_are_nobodys_abuse(office, crm, actor):
    for _ in range(4):
        await office.ask("access")  # an impostor, who proves nothing
    await office.asked_and_proven("access")
    await office.asked_and_proven("access", email="other@example.com")
    office.clock.turn(days=366)
    await office.asked_and_proven("access")
    case = await office.case(await office.asked_and_proven("access"))
    assert "abuse.flagged" not in types(await office.events(case.id))


# Both roles


async def test_an_account_user_gets_our_answer_and_the_business_theirs(office, crm, actor):
    acme = await office.business("Acme", "acme")
    crm.add(Row("a", "t1", tenant="acme"))
    reference = await office.asked_and_proven("access", relations=("account_user",), phone=PHONE)
    ours, theirs, cut = sorted(
        await office.cases(reference), key=lambda case: (case.role, case.controller_id is not None)
    )
    assert (ours.role, ours.state) == ("controller", State.DELIVERED)
    assert (theirs.role, theirs.state, theirs.outcome) == ("processor", State.CLOSED, Outcome.REFERRED)
    assert (cut.controller_id, cut.state) == (acme, State.AWAITING_CONTROLLER)


async def test_an_account_user_without_a_telephone_waits_for_no_code_that_never_comes(office, crm, actor):
    reference = await office.asked_and_proven("access", relations=("account_user",), business="Acme")
    assert {case.role: case.state for case in await office.cases(reference)} == {
        "controller": State.DELIVERED,
        "processor": State.CLOSED,
    }


async def test_a_caller_who_gave_a_telephone_proves_it(office, crm, actor):
    reference = await office.ask("access", relations=("account_user",), phone=PHONE)
    await office.prove(reference)
    await office.service.proving.go_on(reference)
    await office.work()
    assert {case.role: case.state for case in await office.cases(reference)} == {
        "controller": State.DELIVERED,
        "processor": State.AWAITING_IDENTITY,
    }


# Letters on record


async def test_every_letter_that_was_sent_is_kept_with_its_hash_and_messages_with_secrets_are_not(
    office, crm, actor, settings
):
    reference = await office.asked_and_proven("restriction", message="x")
    case = await office.case(reference)
    await office.service.deciding.extend(actor, case.id, "complexity", "Many systems.")
    await office.work()
    await office.service.deciding.refuse(actor, case.id, "no_ground_to_restrict", "x")
    await office.work()
    kept = await letters(office, case.id)
    assert sorted(kind for kind, _, _ in kept) == ["extension", "refusal"]
    written = [event for event in await office.events(case.id) if event.type == "letter.written"]
    assert {event.data["sha256"] for event in written} == {sha.hex() for _, _, sha in kept}
    for kind, plain, sha in kept:
        assert msgspec.json.decode(plain)["text"]
        assert sha.hex() in {event.data["sha256"] for event in written if event.data["kind"] == kind}
    sent = {message.subject for message in office.messages(EMAIL)}
    assert any("code" in subject.lower() for subject in sent)
    async with office.db.read() as connection:
        told = await connection.fetch(
            "SELECT DISTINCT template FROM outbox WHERE case_id = $1 AND NOT to_staff", case.id
        )
    assert {row["template"] for row in told} == {"code", "extension", "answer_ready"}
    checked, broken = await verify_all(settings.database_url)
    assert (checked, broken) == (1, [])


async def test_a_letter_that_was_not_sent_is_not_said_to_have_been(office, actor, monkeypatch):
    await office.system("crm", orders=ALL)
    case = await office.case(await office.ask("access"))

    async def refused(_):
        raise PostError("no such mailbox", permanent=True)

    monkeypatch.setattr(office.service.handlers[StepKind.SEND].__self__._post, "mail", refused)
    await ask(office, actor, case, type="identity_requested", doubt="x", asked=["id_seen"])
    assert await letters(office, case.id) == []
    assert "letter.written" not in types(await office.events(case.id))
