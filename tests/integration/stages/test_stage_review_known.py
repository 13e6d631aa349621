"""Whose numbers and mailboxes are no third person's: the person's own, the business's, and those the profile names."""

import msgspec
import pytest
from stage_double import Row
from stage_office import PHONE

from dsar.contract import Speaker, Turn
from dsar.domain.withholding import Rule
from dsar.store.shipped import shipped

LINE, THIRD = "+358 9 4245 0010", "+44 20 7946 0018"


@pytest.fixture
def settings(settings, tmp_path):
    text = (shipped("profiles") / "demo.toml").read_text(encoding="utf-8")
    path = tmp_path / "known.toml"
    path.write_text(f'{text}\n[review]\nknown_contacts = ["@partner.example", "+358401111222"]\n')
    return msgspec.structs.replace(settings, profile=str(path))


@pytest.fixture
async def case(office):
    said = [
        f"You called {LINE} from 040 1234567",
        "Write to info@acme.example, privacy@demo-voice.example or Sales@Partner.example",
        "or ring +358 40 111 1222",
        f"my neighbour has {THIRD} and olli@elsewhere.example",
    ]
    turns = tuple(
        Turn(f"/said/{n}", Speaker.SUBJECT if n == 3 else Speaker.BUSINESS) for n in range(len(said))
    )
    calls = await office.system("calls")
    calls.person("c", ("phone", PHONE)).add(
        Row("c", "a1", {"said": said}, tenant="a", collection="calls", more={"turns": turns})
    )
    acme = await office.business(
        "Acme Oy", "a", numbers=(LINE.replace(" ", ""),), contact_email="Info@acme.example"
    )
    reference = await office.asked_and_proven("access", relations=("caller",), email="", phone=PHONE)
    return acme, await office.case_of(reference, "a")


async def contacts(office, case):
    summary = await office.service.findings.leaving.summary(case.id)
    return sum(one.places for one in summary.withheld if one.rule is Rule.CONTACT)


async def test_to_the_person_third_persons_contacts_alone_are_withheld(office, case):
    # GDPR 15(4)
    acme, asked = case
    await office.instruct(acme, asked.id, "fulfil", answer_to="person")
    assert await contacts(office, asked) == 2


async def test_to_the_controller_its_records_go_whole(office, case):
    acme, asked = case
    await office.instruct(acme, asked.id, "fulfil", answer_to="controller")
    assert await contacts(office, asked) == 0
