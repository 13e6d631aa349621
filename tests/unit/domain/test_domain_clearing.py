"""Who has to approve what leaves, and when what they approved is no longer that."""

from types import SimpleNamespace
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from machine_play import DEMO, a_case

from dsar.contract import Role
from dsar.domain.case import AnswerTo, State, check
from dsar.domain.clearing import Because, Needed, check_name, is_cleared, needed, sent_back
from dsar.domain.content import Contained, Content, Piece, Proof, Searched
from dsar.domain.errors import NotNow
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.domain.profile.handling import Review
from dsar.domain.rights import Right

EMAIL = (IdentityKind.EMAIL, ProofKind.CODE)
PHONE = (IdentityKind.PHONE, ProofKind.CODE)
STEP, ANNA, OLLI = uuid4(), uuid4(), uuid4()


def profile(*two_people, approval=()):
    categories = {
        key: msgspec.structs.replace(category, sensitive=key == "call_records")
        for key, category in DEMO.categories.items()
    }
    return msgspec.structs.replace(
        DEMO, review=Review(two_people=two_people), approval=approval, categories=categories
    )


def contained(*categories, recordings=0, proofs=(EMAIL, PHONE)):
    return Contained(recordings, frozenset(categories), proofs)


def approval(staff_id, content=b"1"):
    return SimpleNamespace(content=content, staff_id=staff_id)


@pytest.mark.parametrize(
    ("wanted", "there", "because"),
    [
        ("audio", contained(recordings=1), Because.AUDIO),
        ("sensitive", contained("call_records"), Because.SENSITIVE),
        ("weak_proof", contained(proofs=(EMAIL,)), Because.WEAK_PROOF),
    ],
    ids=["audio", "sensitive", "weak_proof"],
)
def test_two_people_look_at_what_the_profile_says_and_at_nothing_else(wanted, there, because):
    assert needed(a_case(), profile(wanted), there) == Needed(2, (because,))
    assert needed(a_case(), profile(), there) == Needed(0)
    assert needed(a_case(), profile(wanted), contained("contacts")) == Needed(0)


@pytest.mark.parametrize(
    "proofs",
    [(EMAIL, PHONE), ((IdentityKind.EMAIL, ProofKind.STAFF),), ((IdentityKind.PHONE, ProofKind.CONTROLLER),)],
    ids=["two codes", "staff", "controller"],
)
def test_a_proof_by_two_codes_or_by_somebodys_check_is_not_weak(proofs):
    assert needed(a_case(), profile("weak_proof"), contained(proofs=proofs)) == Needed(0)


@pytest.mark.parametrize(
    "proofs",
    [(), (EMAIL,), (EMAIL, EMAIL), (EMAIL, (IdentityKind.PHONE, None))],
    ids=["none", "one code", "two of a kind", "one claimed"],
)
def test_a_proof_by_one_code_is_weak(proofs):
    assert needed(a_case(), profile("weak_proof"), contained(proofs=proofs)).because == (Because.WEAK_PROOF,)


def test_one_person_approves_where_the_profile_wants_it_for_the_right_and_two_where_both_hold():
    one = profile(approval=(Right.ACCESS,))
    assert needed(a_case(), one, contained()) == Needed(1, (Because.APPROVAL,))
    both = profile("audio", approval=(Right.ACCESS,))
    assert needed(a_case(), both, contained(recordings=3)) == Needed(2, (Because.APPROVAL, Because.AUDIO))


def test_a_controllers_instruction_is_the_approval_and_what_copies_nothing_has_none():
    # GDPR 28(3)(a)
    wanted = profile("audio", "weak_proof", approval=(Right.ACCESS, Right.ERASURE))
    there = contained(recordings=1, proofs=())
    assert needed(a_case(role=Role.PROCESSOR), wanted, there) == Needed(0)
    assert needed(a_case(Right.ERASURE), wanted, there) == Needed(0)


def test_two_approvals_are_of_two_people_and_of_one_content():
    two = Needed(2, (Because.AUDIO,))
    assert not is_cleared(two, b"1", [])
    assert not is_cleared(two, b"1", [approval(ANNA)])
    assert not is_cleared(two, b"1", [approval(ANNA), approval(ANNA)])
    assert not is_cleared(two, b"1", [approval(ANNA), approval(OLLI, b"2")])
    assert is_cleared(two, b"1", [approval(ANNA), approval(OLLI, b"2"), approval(OLLI)])


def test_what_nobody_had_to_look_at_leaves_unless_somebody_looked_at_something_else():
    assert is_cleared(Needed(0), b"1", [])
    assert is_cleared(Needed(0), b"1", [approval(ANNA)])
    assert not is_cleared(Needed(0), b"1", [approval(ANNA, b"2")])
    assert is_cleared(Needed(0), b"1", [approval(ANNA, b"2")], number=2), "that was the answer's"
    assert not is_cleared(Needed(1), b"1", [approval(ANNA, b"2")], number=2)


@pytest.mark.parametrize("named", [None, "", "31", "2" * 64, "é"])
def test_whoever_approves_names_exactly_what_they_looked_at(named):
    with pytest.raises(NotNow) as caught:
        check_name(b"\x31\x32", named)
    assert caught.value.errors[0].field == "content"
    check_name(b"\x31\x32", "3132")


def test_what_changed_since_goes_back_to_review_from_the_writing_alone():
    check(a_case(state=State.ASSEMBLING), sent_back(b"1"))
    for state in (State.ANSWERING, State.DELIVERED, State.CLOSED):
        with pytest.raises(NotNow):
            check(a_case(state=state), sent_back(b"1"))
    assert [event.type for event in sent_back(b"1").events] == ["release.changed", "review.needed"]


# The digest


def piece(seq=1, **more):
    given = {
        "step_id": STEP,
        "seq": seq,
        "system_key": "crm",
        "collection": "contacts",
        "category": "contact",
        "portable": True,
        "sealed": "ab",
        "recordings": 0,
    }
    return Piece(**(given | more))


CONTENT = Content(
    case_id=UUID(int=1),
    number=1,
    right=Right.ACCESS,
    role=Role.CONTROLLER,
    answer_to=None,
    regime="EU_GDPR",
    residence="",
    language="en",
    profile=b"p",
    pieces=(piece(1), piece(2)),
    decided=(ANNA, OLLI),
    searched=(Searched("crm", "crm", "found"), Searched("calls", "calls", "gap")),
    proofs=(Proof(ANNA, *EMAIL), Proof(OLLI, *PHONE)),
)


@pytest.mark.parametrize(
    "changed",
    [
        {"case_id": UUID(int=2)},
        {"number": 2},
        {"right": Right.PORTABILITY},
        {"role": Role.PROCESSOR},
        {"answer_to": AnswerTo.PERSON},
        {"regime": "CCPA"},
        {"residence": "US-CA"},
        {"language": "fi"},
        {"profile": b"q"},
        {"pieces": (piece(1),)},
        {"pieces": (piece(1), piece(2, sealed="ac"))},
        {"pieces": (piece(1), piece(2, category="calls"))},
        {"pieces": (piece(1), piece(2, recordings=1))},
        {"decided": (ANNA,)},
        {"searched": (Searched("crm", "crm", "found"), Searched("calls", "calls", "found"))},
        {"proofs": (Proof(ANNA, *EMAIL), Proof(OLLI, IdentityKind.PHONE, None))},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_changes_what_leaves_changes_the_digest(changed):
    assert msgspec.structs.replace(CONTENT, **changed).digest != CONTENT.digest


def test_every_part_of_the_content_is_tried_above():
    mark = test_whatever_changes_what_leaves_changes_the_digest.pytestmark[0]
    assert {name for changed in mark.args[1] for name in changed} == set(Content.__struct_fields__)


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_it_was_read_changes_nothing(random):
    def mixed(items):
        return tuple(random.sample(items, len(items)))

    names = ("pieces", "decided", "searched", "proofs")
    other = msgspec.structs.replace(CONTENT, **{name: mixed(getattr(CONTENT, name)) for name in names})
    assert other.digest == CONTENT.digest


def test_what_decides_who_approves_is_told_by_the_content():
    assert CONTENT.contained == Contained(0, frozenset({"contact"}), (EMAIL, PHONE))
