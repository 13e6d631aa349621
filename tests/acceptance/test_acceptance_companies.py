"""Each company's policy played through the public faces: who answers whom, by when, what is kept, in which language."""

import json
from datetime import date, datetime, timedelta
from html import unescape

import msgspec
import pytest
import pytest_asyncio
from support.house import dsar, inhabited, roomy_folder, running_stack

from dsar.demo import crm
from dsar.demo.callstore import ANNA
from dsar.domain.clock import Place, Promise, Regime, due
from dsar.engine.opening import load_profile

COMPANIES = ("sono", "sonetel", "sonexlabs", "closare", "closeq")
LANGUAGE = {"sono": "fi", "sonetel": "sv", "sonexlabs": "en", "closare": "en", "closeq": "pl"}
# A word that each language's letters are full of, and that no other language here has.
WORD = {"fi": "tietosuoja", "sv": "personuppgift", "pl": "danych", "en": "your data"}
OURS = {"sonetel", "closare"}  # whose callers they answer themselves


# The main job under each profile


@pytest.fixture(scope="module", params=COMPANIES)
def played(request):
    with roomy_folder() as folder:
        ran = dsar("demo", "--profile", request.param, "--out", str(folder / "out"), cwd=folder)
        report = folder / "out" / "report.json"
        yield request.param, ran, folder / "out", json.loads(report.read_text()) if report.exists() else {}


def test_the_main_job_runs_from_the_profile_alone(played):
    company, ran, _, report = played
    assert ran.returncode == 0, f"{company}: {ran.stdout}{ran.stderr}"
    assert [line["failures"] for line in report["requests"]] == [[]] * 7


def test_every_letter_is_in_the_company_s_language(played):
    company, _, out, _ = played
    letters = [path for path in (out / "letters").iterdir() if path.suffix == ".html"]
    assert letters
    for path in letters:
        page = path.read_text(encoding="utf-8")
        language = LANGUAGE[company]
        assert f'lang="{language}"' in page, path.name
        assert WORD[language] in unescape(page).lower(), path.name


def test_a_caller_is_answered_by_whom_the_policy_says(played):
    company, _, _, report = played
    routes = {line["title"]: (line["role"], line["route"]) for line in report["requests"]}
    role, route = routes["A caller's access"]
    if company in OURS:
        assert role == "controller"
        assert route.startswith("answered by us")
    else:
        assert role == "processor"
        assert route.startswith("forwarded" if company == "sonexlabs" else "referred")


# What is a company's own


@pytest.fixture(scope="module")
def stack_of(request):
    with running_stack(profile=request.param) as stack:
        yield stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def company(stack_of):
    async with inhabited(stack_of) as house:
        yield house


def at(name):
    return pytest.mark.parametrize("stack_of", [name], indirect=True)


async def asked(house, language="", **fields):
    profile = house.players.profile
    sent = {"relations": [profile.controller_for[0].value], "language": language, **fields}
    return await house.person.ask_by_api(**sent)


async def detail(house, reference, *states, **which):
    [case] = await house.staff.until(reference, *states, **which)
    return await house.staff.case(case["id"])


def today(house):
    return house.players.profile.operator.place.local_date(datetime.now().astimezone())


@at("sono")
async def test_sono_promises_a_month_and_two_more_and_assists_the_business(company):
    reference = await asked(company, rights=["erasure"], relations=["prospect"], email=crm.TOMI)
    await company.person.prove(reference, "email", crm.TOMI)
    case = await detail(company, reference, "in_review")
    received = datetime.fromisoformat(case["received_at"])
    place = Place("FI", None, "Europe/Helsinki")
    month = due(received, Regime.EU_GDPR, place, promise=Promise.parse("1m+2m"))
    assert case["due_date"] == month.due_date.isoformat() == month.promised_due_date.isoformat()

    await company.staff.act(
        case["id"], "extend", {"reason": "complexity", "reasons": "Monta järjestelmää on käytävä läpi."}
    )
    extended = await company.staff.case(case["id"])
    assert date.fromisoformat(extended["due_date"]) - received.date() > timedelta(days=85)

    plan = await company.staff.plan(case["id"])
    await company.staff.act(case["id"], "approve", {"plan": plan["plan"]})
    case = await detail(company, reference, "delivered")
    held = [hold for hold in case["holds"] if hold["collection"] == "invoice"]
    assert held
    assert all(hold["until"].endswith("-12-31") for hold in held)  # Accounting Act 2:10
    form = (await company.client.get("/?lang=fi")).text
    assert "ohjaamme sinut kysymään siltä" in form, "the policy refers: the form promises no more"
    page, _ = await company.person.fetch(reference, crm.TOMI)
    assert "Kirjanpitolaki" in page or "kirjanpitolain" in page.lower()
    assert "tietosuoja.fi" in page


@at("sonetel")
async def test_sonetel_takes_oral_requests_and_withdraws_consent_in_part(company):
    said_at = datetime.now().astimezone() - timedelta(days=2)
    body = {
        "rights": ["access"],
        "relations": ["caller"],
        "channel": "telephone",
        "received_at": said_at.isoformat(),
        "phone": ANNA.phone,
        "email": crm.PETRA,
        "checked": "Called back on the number in the customer record, date of birth matched",
    }
    key = {"authorization": f"Bearer {company.world.staff_key}"}
    answer = await company.client.post("/api/v1/staff/requests", json=body, headers=key)
    assert answer.status_code == 201, answer.text
    reference = answer.json()["reference"]
    case = await detail(company, reference, "delivered")
    assert case["role"] == "controller"
    clock = due(said_at, Regime.EU_GDPR, Place("SE", None, "Europe/Stockholm"))
    assert case["due_date"] == clock.due_date.isoformat()
    assert case["clock"]["promised_due_date"] is None

    # The policy lets consent be withdrawn in part, and rests nothing on consent by name: a person sees to it.
    words = "Jag vill inte ha erbjudanden längre, men behåll mitt konto."
    partly = await asked(company, "sv", rights=["withdraw_consent"], message=words, email=crm.MAIJA)
    await company.person.prove(partly, "email", crm.MAIJA)
    case = await detail(company, partly, "acting")
    [task] = [step for step in case["steps"] if step["kind"] == "review.by_hand"]
    assert words not in json.dumps(case["events"])
    done = {"outcome": "done", "evidence": "Offers are off in the CRM; the account stays"}
    await company.staff.act(case["id"], f"steps/{task['id']}/finish", done)
    await company.staff.until(partly, "delivered")
    page, _ = await company.person.fetch(partly, crm.MAIJA)
    assert 'lang="sv"' in page
    assert "samtycke" in page.lower()


@at("sonexlabs")
@pytest.mark.parametrize(
    ("residence", "right", "regime"),
    [
        ("", "access", "EU_GDPR"),
        ("GB", "access", "UK_GDPR"),
        ("IN", "access", "IN_DPDP"),
        ("US-CA", "know", "CCPA"),
        ("US-CA", "opt_out_sale", "CCPA"),
    ],
)
async def test_sonexlabs_answers_by_where_the_person_lives(company, residence, right, regime):
    reference = await asked(company, rights=[right], residence=residence, email=crm.PETRA)
    [row] = await company.staff.cases(reference)
    case = await company.staff.case(row["id"])
    assert case["regime"] == regime
    received = case["clock"]["steps"][0]["to"]
    days = (date.fromisoformat(case["due_date"]) - date.fromisoformat(received)).days
    if right == "know":
        assert days == 45
    elif right == "opt_out_sale":
        assert 19 <= days <= 24  # fifteen business days
        assert case["state"] != "awaiting_identity"
    elif regime in {"EU_GDPR", "UK_GDPR"}:
        assert 28 <= days <= 30
    else:
        assert case["statutory_due_date"] is None or days <= 90


@at("sonexlabs")
async def test_sonexlabs_shows_californias_rights_to_those_who_live_there_alone(company):
    refused = await company.client.post(
        "/api/v1/requests",
        json={"rights": ["know"], "relations": ["account_user"], "email": crm.PETRA},
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "rights"
    form = (await company.client.get("/")).text
    assert 'lang="en"' in form
    assert "California" in form


@at("closare")
async def test_closare_answers_callers_in_thirty_days_and_withholds_audio_from_a_bare_number(company):
    reference = await asked(company, rights=["access"], relations=["caller"], phone=ANNA.phone)
    await company.person.prove(reference, "phone", ANNA.phone)
    case = await detail(company, reference, "delivered")
    received = date.fromisoformat(case["clock"]["steps"][0]["to"])
    assert case["clock"]["promised_due_date"] == (received + timedelta(days=30)).isoformat()
    page, archive = await company.person.fetch(reference, ANNA.phone)
    assert archive is not None
    assert "12(6)" in page
    refused = await company.client.post(
        "/api/v1/requests",
        json={"rights": ["withdraw_consent"], "relations": ["account_user"], "email": crm.PETRA},
    )
    assert refused.status_code == 422, "the policy offers no withdrawal; the check reports it"
    form = (await company.client.get("/")).text
    assert "Only for telephone calls" not in form, "whose callers are its own asks for no business"


@at("closeq")
async def test_closeq_answers_for_the_account_and_sends_the_user_to_the_administrator(company):
    reference = await asked(
        company, rights=["access"], relations=["account_user"], email=crm.TOMI, phone=ANNA.phone
    )
    await company.person.prove(reference, "email", crm.TOMI)
    await company.person.prove(reference, "phone", ANNA.phone)
    ours = await detail(company, reference, "delivered")
    assert ours["role"] == "controller"
    rows = {row["role"]: row for row in await company.staff.cases(reference)}
    assert rows["processor"]["outcome"] == "referred"
    letter = await company.mailbox.letter(reference, crm.TOMI)
    assert "administrator" in letter.text
    page, archive = await company.person.fetch(reference, crm.TOMI)
    assert archive is not None
    assert "uodo.gov.pl" in page or "PUODO" in page or "Prezes U" in page


@pytest.mark.parametrize("name", COMPANIES)
def test_each_case_keeps_the_profile_it_was_decided_under(name):
    loaded = load_profile(name)
    assert loaded.profile.key == name
    assert msgspec.toml.decode(loaded.text)["key"] == name
