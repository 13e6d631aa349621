"""California's rights: opt-outs without a proof, categories where nobody could be verified, and the record of each."""

import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from stage_double import Row
from stage_office import EMAIL, PHONE
from stage_rights import (
    ALL,
    actor,
    ask,
    correction,
    crm,
    decide,
    finish,
    letters,
    settings,
    tasks,
    told_all,
    types,
)

from dsar.contract import Unreachable
from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput, NotNow
from dsar.domain.identity import IdentityKind
from dsar.domain.request_record import record_of
from dsar.store import findings, identities

__all__ = ["actor", "crm", "settings"]

CA = {"residence": "US-CA"}
IDENTITY = {"type": "identity_requested", "doubt": "A shared mailbox.", "asked": ["account_login"]}
SECRETS = {
    "ssn": "078-05-1120",
    "bank": {"iban": "FI2112345600000785", "bank": "Nordea"},
    "logins": [{"user": "ana", "passwordHash": "$2b$12$abc"}],
    "voicePrint": "AAECAw==",
    "name": "Ana",
}


async def asked(office, right, **more):
    return await office.case(await office.ask(right, **CA, **more))


async def suppressed(office, value=EMAIL):
    async with office.db.read() as connection:
        return await identities.suppressed(connection, office.service.vault.blind_index("email", value))


# Opt-outs


@pytest.mark.parametrize("right", ["opt_out_sale", "limit_sensitive"])
async def test_an_opt_out_takes_effect_without_any_proof(office, crm, actor, right):
    # 11 CCR 7026(d)
    case = await asked(office, right)
    assert case.state is State.ACTING
    assert all("code" not in message.subject.lower() for message in office.messages(EMAIL))
    assert (crm.suppressed == {("email", EMAIL)}) == (right == "opt_out_sale")
    assert await suppressed(office) == (right == "opt_out_sale")
    assert "find" not in crm.operations()
    await finish(office, actor, case.id, right)
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.DELIVERED, Outcome.FULFILLED)
    assert [kind for kind, _, _ in await letters(office, case.id)][-1] == right
    assert "/download/" in office.messages(EMAIL)[0].text


async def test_the_letter_of_an_opt_out_opens_at_the_address_as_it_was_given_and_tells_nothing_of_anybody(
    office, crm, actor
):
    texts = []
    for email in (EMAIL, "nobody@example.com"):
        case = await asked(office, "opt_out_sale", email=email)
        await finish(office, actor, case.id, "opt_out_sale")
        token = re.search(r"/download/([\w-]+)", office.messages(email)[0].text)[1]
        await office.service.fetching.send_code(token)
        await office.work()
        grant = await office.service.fetching.open_with_code(token, office.code(email))
        letter = (await office.service.fetching.letter(token, grant)).text
        texts.append(letter.replace(case.reference, "R"))
    assert texts[0] == texts[1]
    assert "not to sell or share" in texts[0]


async def test_an_opt_out_that_asks_for_more_keeps_the_rest_waiting_for_its_proof(office, crm, actor):
    reference = await office.ask("opt_out_sale", "know", **CA)
    opt_out, know = sorted(await office.cases(reference), key=lambda case: case.right != "opt_out_sale")
    assert (opt_out.state, know.state) == (State.ACTING, State.AWAITING_IDENTITY)
    assert "find" not in crm.operations()
    await office.prove(reference)
    await office.work()
    assert (await office.one(know.id)).state is State.DELIVERED


async def test_nobody_floods_a_mailbox_by_opting_it_out(office, crm, actor):
    for _ in range(12):
        case = await asked(office, "opt_out_sale")
        assert case.state is State.ACTING, "every one of them counts"
        await finish(office, actor, case.id, "opt_out_sale")
    assert len(office.messages(EMAIL)) == 6
    assert "message.held_back" in types(await office.events(case.id))
    await asked(office, "opt_out_sale", email="other@example.com")
    assert len(office.messages("other@example.com")) == 1, "nobody else's mailbox is held back for it"
    office.clock.turn(days=1, seconds=1)
    await asked(office, "opt_out_sale")
    assert len(office.messages(EMAIL)) == 7


async def test_a_caller_who_opts_out_proves_the_telephone_first_for_the_business_to_be_found(
    office, crm, actor
):
    case = await asked(office, "opt_out_sale", relations=("caller",), phone=PHONE)
    assert case.state is State.AWAITING_IDENTITY
    assert office.code(PHONE)
    await office.prove(case.reference, IdentityKind.PHONE, PHONE)
    await office.prove(case.reference)
    await office.work()
    assert (await office.one(case.id)).state is State.CLOSED
    assert crm.suppressed == set()


async def test_a_european_is_not_offered_californias_rights_nor_a_californian_the_gdprs(office, crm):
    for right, where in (("opt_out_sale", ""), ("know", "GB"), ("access", "US-CA"), ("restriction", "US-CA")):
        with pytest.raises(InvalidInput) as caught:
            await office.ask(right, residence=where)
        assert [error.field for error in caught.value.errors] == ["rights"]


# Clocks


@pytest.mark.parametrize(
    ("right", "due"),
    [
        # 15 business days after Monday 2 March 2026; no federal holiday lies between.
        ("opt_out_sale", date(2026, 3, 23)),
        ("limit_sensitive", date(2026, 3, 23)),
        # 45 calendar days, however long the verification takes.
        ("know", date(2026, 4, 16)),
        ("delete", date(2026, 4, 16)),
        ("correct", date(2026, 4, 16)),
    ],
)
async def test_each_right_has_its_own_clock(office, crm, right, due):
    office.clock.at = datetime(2026, 3, 2, 20, tzinfo=UTC)  # noon in Los Angeles
    assert (await asked(office, right)).statutory_due_date == due


async def test_the_verification_moves_no_date(office, crm, actor):
    case = await asked(office, "know")
    office.clock.turn(days=3)
    await ask(office, actor, case, **IDENTITY)
    office.clock.turn(days=10)
    await office.service.proving.send_again(case.reference, IdentityKind.EMAIL)
    await office.work()
    await office.prove(case.reference)
    await office.work()
    after = await office.one(case.id)
    assert (after.due_date, after.paused) == (case.due_date, False)


# To know


async def archive(office, case_id):
    bundle = await bundle_bytes(office, case_id)
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist() if not name.endswith(".wav")}


async def bundle_bytes(office, case_id):
    token = re.search(r"/download/([\w-]+)", office.messages(EMAIL)[0].text)[1]
    await office.service.fetching.send_code(token)
    await office.work()
    grant = await office.service.fetching.open_with_code(token, office.code(EMAIL))
    stream = await office.service.downloading.for_person(token, grant, 1)
    return b"".join([piece async for piece in stream])


async def test_what_opens_an_account_is_never_disclosed_and_said_to_be_held(office, crm):
    crm.rows[0].data = dict(SECRETS)
    case = await office.case(await office.asked_and_proven("know", **CA))
    assert case.outcome is Outcome.FULFILLED
    files = await archive(office, case.id)
    everything = "\n".join(files.values())
    for secret in ("078-05-1120", "FI2112345600000785", "$2b$12$abc", "AAECAw=="):
        assert secret not in everything
    assert "Nordea" in everything
    assert everything.count("held, not disclosed") >= 4
    assert "11 CCR 7024(d)" in files["manifest.json"]
    letter = await office.letter(case.id)
    assert "We never send social security numbers" in letter
    assert "11" in letter.partition("withheld")[2], "the letter says on what ground"


async def test_european_access_keeps_the_same_fields(office, crm):
    crm.rows[0].data = dict(SECRETS)
    case = await office.case(await office.asked_and_proven("access"))
    everything = "\n".join((await archive(office, case.id)).values())
    assert "078-05-1120" in everything


async def test_whoever_could_not_be_verified_gets_the_categories_and_nothing_of_themselves(
    office, crm, actor
):
    case = await asked(office, "know")
    await ask(office, actor, case, **IDENTITY)
    await office.service.asking.not_identified(actor, case.id, "No answer came.")
    await office.work()
    letter = office.messages(EMAIL)[0]
    assert "could not make sure that the request comes from you" in letter.text
    for category in ("Contact details", "Invoices", "Newsletter"):
        assert category in letter.text
    assert "Telephone calls" not in letter.text, "what we hold for our customers is theirs to tell"
    assert "Ana" not in letter.text
    assert crm.asked == []
    case = await office.one(case.id)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.NOT_IDENTIFIED)
    assert (await office.event(case.id, "case.refused")).data["ground"] == "11 CCR 7024(a)"
    assert [kind for kind, _, _ in await letters(office, case.id)] == ["identity_request", "know_categories"]


async def test_whoever_gave_a_telephone_alone_hears_of_it_there(office, crm, actor):
    case = await asked(office, "know", email="", phone=PHONE)
    await ask(office, actor, case, **IDENTITY)
    await office.service.asking.not_identified(actor, case.id, "No answer came.")
    await office.work()
    assert "could not make sure" in office.messages(PHONE)[0].text


async def test_a_deletion_that_could_not_be_verified_is_refused_and_nothing_is_deleted(office, crm, actor):
    case = await asked(office, "delete")
    await ask(office, actor, case, **IDENTITY)
    await office.service.asking.not_identified(actor, case.id, "No answer came.")
    await office.work()
    assert crm.ids() == ["r1"]
    assert "could not make sure" in office.messages(EMAIL)[0].text


async def test_a_deletion_goes_to_the_systems_and_onto_the_list(office, crm, actor):
    case = await office.case(await office.asked_and_proven("delete", **CA))
    if case.state is State.IN_REVIEW:
        await office.service.deciding.approve(actor, case.id)
        await office.work()
    await told_all(office, actor, case.id)
    assert crm.ids() == []
    assert await suppressed(office)
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED


# The record of six fields


async def record(office, case_id, channel="form"):
    case = await office.one(case_id)
    async with office.db.read() as connection:
        kept = [hold.ground for hold in await findings.holds_of_case(connection, case_id)]
    return record_of(case, channel, await office.events(case_id), kept)


async def test_the_record_has_three_fields_before_the_answer_and_the_others_after(office, crm, actor):
    # 11 CCR 7101(b)
    case = await asked(office, "opt_out_sale")
    before = await record(office, case.id)
    assert (before.date_of_request, before.nature_of_request, before.manner_of_request) == (
        office.clock(),
        "opt_out_sale",
        "form",
    )
    assert (before.date_of_response, before.nature_of_response, before.basis_of_denial) == (None, None, None)
    office.clock.turn(days=2)
    await finish(office, actor, case.id, "opt_out_sale")
    after = await record(office, case.id)
    assert (after.date_of_response, after.nature_of_response) == (office.clock(), "fulfilled")
    assert after.basis_of_denial is None


async def test_the_record_names_the_basis_of_every_denial_even_in_part(office, crm, actor):
    refused = await office.case(await office.asked_and_proven("correct", message="x", **CA))
    await office.service.deciding.refuse(actor, refused.id, "ccpa_exception", "Zyxwv")
    partly = await office.case(await office.asked_and_proven("correct", message="x", **CA))
    part = [{"what": "your age", "ground": "excessive", "text": "x"}]
    await decide(office, actor, partly, kind="rectify", corrections=[correction(name="Ana")], refused=part)
    await told_all(office, actor, partly.id)
    unknown = await asked(office, "know", email="b@example.com")
    await ask(office, actor, unknown, **IDENTITY)
    await office.service.asking.not_identified(actor, unknown.id, "x")
    await office.work()
    bases = [(await record(office, case.id)).basis_of_denial for case in (refused, partly, unknown)]
    assert bases == ["Civ. 1798.145", "GDPR 12(5)", "11 CCR 7024(a)"]
    assert (await record(office, unknown.id)).nature_of_response == "not_identified"


async def test_the_record_names_what_a_law_kept_of_a_deletion(office, crm, actor):
    crm.add(Row("a", "i1", collection="invoices", kept_ground="FI-2:10-voucher", kept_dated=date(2024, 5, 6)))
    case = await office.case(await office.asked_and_proven("delete", **CA))
    if case.state is State.IN_REVIEW:
        await office.service.deciding.approve(actor, case.id)
        await office.work()
    await told_all(office, actor, case.id)
    assert (await record(office, case.id)).basis_of_denial == "FI-2:10-voucher"


async def test_the_record_outlives_the_closing(office, crm, actor):
    case = await asked(office, "opt_out_sale")
    await finish(office, actor, case.id, "opt_out_sale")
    before = await record(office, case.id)
    office.clock.turn(days=40)
    await office.work()
    assert (await office.one(case.id)).wrapped_key is None
    assert await record(office, case.id) == before


async def test_a_stop_that_a_system_did_not_take_is_named(office, actor):
    crm = await office.system("crm", orders=ALL, on_failure="gap", attempts_max=1)
    crm.faults["carry_out"].append(Unreachable("no answer"))
    case = await asked(office, "opt_out_sale")
    await finish(office, actor, case.id, "opt_out_sale")
    assert (await office.one(case.id)).outcome is Outcome.FULFILLED_IN_PART
    kind, text, _ = (await letters(office, case.id))[-1]
    assert (kind, "could not reach System crm" in text.decode()) == ("opt_out_sale", True)


async def test_an_opt_out_is_never_refused_for_want_of_an_identity(office, crm, actor):
    case = await asked(office, "opt_out_sale")
    with pytest.raises(NotNow):
        await office.service.asking.not_identified(actor, case.id, "x")
    assert list(await tasks(office, case.id)) == ["opt_out_sale"]
    office.clock.turn(days=90)
    assert office.clock() - case.received_at > timedelta(days=60)
    await office.work()
    assert (await office.one(case.id)).state is State.ACTING, "an opt-out is not swept away as unproven"
