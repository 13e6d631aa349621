"""OpenDSR's words made ours and ours made its: whatever is sent is read or refused by name, and every state has a word."""

import hashlib
import itertools
import re
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.case import Outcome, State
from dsar.domain.errors import InvalidInput
from dsar.domain.identity import Claim, IdentityKind
from dsar.domain.opendsr import (
    FORMATS,
    TELEPHONE,
    TYPES,
    Hashed,
    Processor,
    Regulation,
    Report,
    RequestType,
    Status,
    Version,
    completion_time,
    counted,
    note,
    offered,
    read,
    reported,
    rfc3339,
    status_of,
)
from dsar.domain.opendsr.identities import IDENTITIES_MAX
from dsar.domain.opendsr.request import CALLBACKS_MAX
from dsar.domain.rights import Right
from dsar.engine.opening import load_profile

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DEMO = load_profile("demo").profile
CALIFORNIAN = load_profile("sonexlabs").profile
PAGE = (Path(__file__).parents[3] / "docs" / "opendsr.md").read_text(encoding="utf-8")
DOMAIN = "opendsr.company.example"
EMAIL = "anna@example.com"
MAIL = Claim(IdentityKind.EMAIL, EMAIL)
SENT = {
    "regulation": "gdpr",
    "subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798",
    "subject_request_type": "erasure",
    "submitted_time": "2018-10-02T15:00:00Z",
    "subject_identities": [
        {"identity_type": "email", "identity_value": EMAIL, "identity_format": "raw"},
    ],
}


def asked(version=Version.OPENDSR, profile=DEMO, **changed):
    fields = {name: value for name, value in (SENT | changed).items() if value is not ...}
    return read(msgspec.json.encode(fields), version, profile, DOMAIN, AT)


def refused(**changed):
    """The fields that are named."""
    with pytest.raises(InvalidInput) as error:
        asked(**changed)
    return {one.field for one in error.value.errors}


# -- reading


def test_a_request_as_the_text_has_it_is_read():
    read_ = asked()
    assert read_.subject_request_id == UUID("a7551968-d5d6-44b2-9831-815ac9017798")
    assert (read_.regulation, read_.request_type, read_.right) == (
        Regulation.GDPR,
        RequestType.ERASURE,
        Right.ERASURE,
    )
    assert read_.submitted_time == datetime(2018, 10, 2, 15, tzinfo=UTC)
    assert (read_.claims, read_.hashed, read_.ignored, read_.callback_urls) == ((MAIL,), (), (), ())


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"  \n\t"])
def test_white_space_after_the_body_is_nothing(ending):
    assert read(msgspec.json.encode(SENT) + ending, Version.OPENDSR, DEMO, DOMAIN, AT) == asked()


@pytest.mark.parametrize("nothing", [None, ...])
def test_what_is_optional_may_be_null_or_missing(nothing):
    assert (
        asked(api_version=nothing, status_callback_urls=nothing, extensions=nothing, group_id=nothing)
        == asked()
    )


def test_only_the_newer_edition_needs_a_regulation():
    assert refused(regulation=...) == {"regulation"}
    assert asked(Version.OPENGDPR, regulation=...).regulation is Regulation.GDPR


@pytest.mark.parametrize(
    ("version", "wish", "taken"),
    [
        (Version.OPENDSR, "2.0", True),
        (Version.OPENDSR, "2", True),
        (Version.OPENDSR, "3.0", True),  # with identities in a dictionary
        (Version.OPENDSR, "1.0", False),
        (Version.OPENDSR, "", False),
        (Version.OPENGDPR, "1.0", True),
        (Version.OPENGDPR, "0.1", True),  # the older text's own example
        (Version.OPENGDPR, "2.0", False),
    ],
)
def test_each_edition_takes_a_wish_for_itself_alone(version, wish, taken):
    if taken:
        assert asked(version, api_version=wish).version is version
    else:
        with pytest.raises(InvalidInput, match="api_version"):
            asked(version, api_version=wish)


def test_the_dictionary_of_mparticle_says_the_same_as_the_list():
    as_dictionary = {"email": {"value": "ANNA@Example.com", "encoding": "raw"}}
    assert asked(subject_identities=as_dictionary) == asked()


def test_a_telephone_number_stands_under_our_own_domain_and_nobody_elses():
    numbers = {
        DOMAIN: {"telephone": ["+358 40 123 4567", "+358401234567"]},
        "other.example": {"telephone": "1"},
    }
    phone = Claim(IdentityKind.PHONE, "+358401234567")
    assert asked(extensions=numbers).claims == (MAIL, phone)
    assert asked(subject_identities=None, extensions=numbers).claims == (phone,)
    assert refused(subject_identities=None, extensions={"other.example": {"telephone": "+358401234567"}}) == {
        "subject_identities"
    }


def test_types_by_which_nothing_is_found_are_named_once_there_is_another():
    other = {"identity_type": "android_id", "identity_value": "x", "identity_format": "raw"}
    assert asked(subject_identities=[other, *SENT["subject_identities"], other]).ignored == ("android_id",)
    assert refused(subject_identities=[other]) == {"subject_identities"}


@pytest.mark.parametrize("form", ["md5", "sha1", "sha256"])
def test_a_hash_is_held_against_the_identity_beside_it_and_alone_stays_a_hash(form):
    digest = hashlib.new(form, EMAIL.encode()).hexdigest()
    one = {"identity_type": "email", "identity_value": digest.upper(), "identity_format": form}
    assert asked(subject_identities=[one, *SENT["subject_identities"]]) == asked()
    alone = asked(subject_identities=[one])
    assert (alone.claims, alone.hashed) == ((), (Hashed(IdentityKind.EMAIL, form, digest),))
    assert digest not in repr(alone)
    assert note(alone.hashed) == f"Known by a hash alone: email, {form} {digest}"
    other = one | {"identity_value": digest[::-1]}
    assert refused(subject_identities=[other, *SENT["subject_identities"]]) == {"subject_identities[0]"}


def test_a_hash_of_another_type_than_the_identity_beside_it_stays_one():
    digest = hashlib.md5(b"cust-7", usedforsecurity=False).hexdigest()
    one = {"identity_type": "controller_customer_id", "identity_value": digest, "identity_format": "md5"}
    read_ = asked(subject_identities=[one, *SENT["subject_identities"]])
    assert (read_.claims, read_.hashed) == ((MAIL,), (Hashed(IdentityKind.ACCOUNT_ID, "md5", digest),))


def test_a_callback_named_twice_is_called_once():
    urls = ["https://a.example/x", "https://b.example/x", "https://a.example/x"]
    assert asked(status_callback_urls=urls).callback_urls == tuple(urls[:2])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
identity_objects = st.fixed_dictionaries(
    {},
    optional={
        "identity_type": json_values | st.sampled_from(["email", "controller_customer_id", "android_id"]),
        "identity_value": json_values | st.sampled_from([EMAIL, "0" * 32]),
        "identity_format": json_values | st.sampled_from(["raw", "md5"]),
    },
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "regulation": json_values | st.just("gdpr"),
            "subject_request_id": json_values | st.uuids(version=4).map(str),
            "subject_request_type": json_values | st.just("access"),
            "submitted_time": json_values | st.datetimes().map(str) | st.just("2026-03-01T00:00:00Z"),
            "subject_identities": json_values
            | st.lists(identity_objects | json_values, max_size=3)
            | st.dictionaries(st.sampled_from(["email", "x"]), json_values, max_size=2),
            "api_version": json_values | st.just("2.0"),
            "status_callback_urls": json_values,
            "extensions": json_values | st.dictionaries(st.just(DOMAIN), json_values),
        },
    )
)
def test_whatever_is_sent_is_read_or_refused_with_a_field_and_a_remedy(sent):
    body = msgspec.json.encode(sent)
    errors = refusals(body)
    assert all(one.field and one.problem and one.remedy for one in errors)
    if not errors:
        found = read(body, Version.OPENDSR, DEMO, DOMAIN, AT)
        assert found.claims or found.hashed


def refusals(body):
    """What is said against a body; nothing where it can be used."""
    try:
        read(body, Version.OPENDSR, DEMO, DOMAIN, AT)
    except InvalidInput as error:
        return error.errors or ["refused without a reason"]
    return []


@given(st.binary(max_size=60))
def test_bytes_that_are_no_request_are_refused(body):
    with pytest.raises(InvalidInput):
        read(body, Version.OPENDSR, DEMO, DOMAIN, AT)


def test_the_example_of_our_own_page_can_be_sent():
    example = re.search(r"```json\n(\{\n  \"regulation\".*?)```", PAGE, re.DOTALL)
    found = read(example[1].encode(), Version.OPENDSR, DEMO, DOMAIN, AT)
    assert found.claims == (MAIL, Claim(IdentityKind.PHONE, "+358401234567"))
    assert found.callback_urls


def test_our_page_names_every_limit_type_format_and_outcome():
    for said in (
        *TYPES,
        TELEPHONE,
        *FORMATS[1:],
        *Status,
        *Regulation,
        *RequestType,
        f"{IDENTITIES_MAX} identities, {CALLBACKS_MAX} callbacks",
    ):
        assert said in PAGE


# -- what is offered


def test_the_three_types_are_the_rights_of_each_law_and_only_as_far_as_the_profile_goes():
    assert list(offered(DEMO)) == [Regulation.GDPR]
    californian = offered(CALIFORNIAN)
    # Civ. 1798.110, Civ. 1798.105: to know, in whatever form, and to delete
    assert californian[Regulation.CCPA] == {
        RequestType.ACCESS: Right.KNOW,
        RequestType.PORTABILITY: Right.KNOW,
        RequestType.ERASURE: Right.DELETE,
    }
    assert asked(profile=CALIFORNIAN, regulation="ccpa").right is Right.DELETE
    assert Regulation.CCPA.residence in CALIFORNIAN.residents
    fewer = msgspec.structs.replace(DEMO, rights=(Right.ERASURE,))
    assert offered(fewer) == {Regulation.GDPR: {RequestType.ERASURE: Right.ERASURE}}
    with pytest.raises(InvalidInput, match="subject_request_type"):
        asked(profile=fewer, subject_request_type="access")


# -- how it stands


def test_every_state_and_outcome_has_a_word_and_no_case_goes_back_from_its_end():
    for state, outcome in itertools.product(State, [None, *Outcome]):
        assert status_of(state, outcome) in Status
    assert status_of(State.AWAITING_CONTROLLER, None) is Status.PENDING
    for state in (State.SEARCHING, State.IN_REVIEW, State.ACTING, State.ASSEMBLING, State.ANSWERING):
        assert status_of(state, None) is Status.IN_PROGRESS
    for outcome in set(Outcome) - {Outcome.WITHDRAWN}:
        assert status_of(State.DELIVERED, outcome) is status_of(State.CLOSED, outcome) is Status.COMPLETED
    assert status_of(State.CLOSED, Outcome.WITHDRAWN) is Status.CANCELLED


def test_results_are_counted_at_the_end_and_a_refusal_has_none():
    assert counted(Status.COMPLETED, Outcome.FULFILLED, 7) == 7
    assert counted(Status.COMPLETED, Outcome.FULFILLED_IN_PART, 7) == 7
    for outcome in (Outcome.REFUSED, Outcome.NOTHING_HELD, Outcome.HANDLED_BY_CONTROLLER):
        assert counted(Status.COMPLETED, outcome, 7) == 0
    for status in (Status.PENDING, Status.IN_PROGRESS, Status.CANCELLED):
        assert counted(status, None, 7) is None


def test_times_are_told_in_utc_to_the_second_and_the_last_day_counts_whole():
    # 16 March in Helsinki ends two hours before it does in UTC, and in summer three
    assert completion_time(date(2026, 3, 16), "Europe/Helsinki") == "2026-03-16T21:59:59Z"
    assert completion_time(date(2026, 7, 16), "Europe/Helsinki") == "2026-07-16T20:59:59Z"
    assert rfc3339(datetime.fromisoformat("2026-03-02T10:00:00.999+02:00")) == "2026-03-02T08:00:00Z"


def report(status, **more):
    plain = {
        "case_id": uuid4(),
        "controller_id": uuid4(),
        "subject_request_id": uuid4(),
        "version": Version.OPENDSR,
        "assist_due_date": date(2026, 3, 16),
        "outcome": None,
        "ground": None,
        "results_count": None,
        "has_bundle": False,
    }
    return Report(status=status, **(plain | more))


def body_of(one):
    return reported(one, Processor(DOMAIN, f"https://{DOMAIN}", "Europe/Helsinki"))


def test_what_holds_at_the_end_alone_stands_in_no_earlier_body():
    for status in (Status.PENDING, Status.IN_PROGRESS, Status.CANCELLED):
        assert set(body_of(report(status, has_bundle=True, outcome=Outcome.FULFILLED))) == {
            "controller_id",
            "expected_completion_time",
            "subject_request_id",
            "request_status",
            "api_version",
        }


def test_the_end_says_where_the_results_are_and_how_it_ended():
    done = report(Status.COMPLETED, outcome=Outcome.FULFILLED, results_count=3, has_bundle=True)
    body = body_of(done)
    assert body["results_url"] == f"https://{DOMAIN}/api/v1/controller/cases/{done.case_id}/bundle"
    assert (body["results_count"], body["extensions"]) == (3, {DOMAIN: {"outcome": "fulfilled"}})
    ours = report(Status.COMPLETED, outcome=Outcome.REFUSED, results_count=0, ground="GDPR 12(5)")
    assert body_of(ours)["extensions"] == {DOMAIN: {"outcome": "refused", "ground": "GDPR 12(5)"}}
    # GDPR 28(3)(a): the controller's own refusal is an instruction
    theirs = report(Status.COMPLETED, outcome=Outcome.REFUSED, results_count=0)
    assert body_of(theirs)["extensions"] == {DOMAIN: {"outcome": "refused", "ground": "GDPR 28(3)(a)"}}


def test_a_report_survives_its_way_through_a_messages_facts():
    for one in (
        report(Status.PENDING),
        report(Status.COMPLETED, outcome=Outcome.REFUSED, ground="GDPR 12(5)"),
    ):
        facts = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(one)))
        assert msgspec.convert({**facts, "url": "https://a.example"}, Report) == one
