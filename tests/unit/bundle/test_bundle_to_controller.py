"""An archive that goes to a controller speaks to the controller, and not to its caller."""

import re
from uuid import UUID

from bundle_world import MemoryMaterial, assembled, case, record, unzipped
from msgspec import structs

from dsar.bundle.dossier import LeftOut
from dsar.bundle.searched import Ending, Searched
from dsar.contract import Role, Speaker, Turn
from dsar.domain.case import AnswerTo
from dsar.domain.rights import Right

CONTROLLER = UUID("0195a000-0000-7000-8000-0000000000cc")
THE_PERSON = re.compile(r"\b(?:[Yy]our|yours|You|about you|by you|told us|you can)\b")


def texts(answer_to):
    """The page and the README of an answer for a customer of the operator's, which has one of every kind of gap."""
    material = MemoryMaterial()
    material.add(
        "account", "crm", "notes", [record("notes", "1", {"a": "x", "score": 3}, inferred=("/score",))]
    )
    known = case(Right.PORTABILITY)
    known = structs.replace(known, role=Role.PROCESSOR, controller_id=CONTROLLER, answer_to=answer_to)
    said = {"t": [{"text": "It is Anna"}, {"text": "Good day"}]}
    turns = (Turn("/t/0/text", Speaker.SUBJECT), Turn("/t/1/text", Speaker.BUSINESS))
    material.add("elsewhere", "crm", "calls", [record("calls", "2", said, turns=turns)])
    left = (LeftOut("account", "crm", "scores", 3, 0, "not_provided_by_the_person"),)
    gap = (Searched("crm", "Customers", Ending.GAP, 1, 0),)
    files = unzipped(
        assembled(
            material,
            Right.PORTABILITY,
            case=known,
            left_out=left,
            searched=gap,
            controller="Bank Ltd",
            contact="hello@bank.example",
        )[1]
    )
    own = "You, when you signed up"  # the profile's words on where a category comes from
    return [files[name].decode().replace(own, "") for name in ("index.html", "README.en.txt")]


def test_it_says_the_person_where_it_would_say_you_and_names_what_is_still_to_be_withheld():
    for text in texts(AnswerTo.CONTROLLER):
        assert THE_PERSON.findall(re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL)) == []
        assert "Withhold them before you pass it on" in text
        assert "privacy@example.com" in text
        assert "hello@bank.example" not in text
        assert "it was not provided by the person" in text


def test_one_that_goes_to_the_person_in_its_name_speaks_to_the_person():
    for text in texts(AnswerTo.PERSON):
        assert "it was not provided by you" in text
        assert "Withhold them before" not in text
        assert "prepared by Example Oy on its behalf" in text
        assert "hello@bank.example" in text
        assert "privacy@example.com" not in text
