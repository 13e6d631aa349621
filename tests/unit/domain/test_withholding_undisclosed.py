"""Numbers and secrets that open accounts are found by their fields' names, however those are written."""

import pytest
import withholding_play as play
from hypothesis import given
from hypothesis import strategies as st

from dsar.domain.rights import Right
from dsar.domain.withholding import SHOWN

CLOSED = """
    ssn SSN ssnLast4 SSNLast4 ssn_number customer_ssn socialSecurityNumber social_security socialsecuritynumber
    Social-Security-No driversLicense driver_license_number DriverLicenceNo drivers-licence drivingLicence passport
    passportNumber passport_no passportScan nationalId national_id_number taxId tax_id_number TIN itin nino pesel
    henkilotunnus personnummer bankAccountNumber bank_account accountNumber account_no accountnumber iban IBAN bankIBAN
    IBANNumber iban2 creditCardNumber cardnumber card_number cc_number pan cvv CVC2 password Password passwd pwd
    passwordHash password_hash user_password password2 oldPassword passphrase pin PIN pinCode voicemail_pin totpSecret
    securityQuestion security_answer securityAnswers security_question_1 secret_answer mothersMaidenName biometrics
    biometricData biometric_template voicePrint voiceprint face_embedding irisScan fingerprint fingerprintTemplate
    healthInsuranceNumber health_insurance_id medicalId medical_record_number medicareNumber
""".split()  # noqa: SIM905 - a table to read
PLAIN = """
    pinned pinnedAt spanish_name Spanish discount_account_number_of_items opinion company pan_american expansion
    shipping_pinch password_changed_at passwordExpires passwordless account_numbering iban_count passport_country
    passport_expiry device_fingerprint browserFingerprint ssh_key_fingerprint map_pin passenger compassion bypass japan
    span hispanic mission lesson session ssn_count card_type credit_card_brand account_id accountName tax_rate medical
    healthy security_level questions answers pin_color spin pinterest bonus_pin_count voice_mail biometric_consent_given
    biometrics_enabled_at insurance_company national_holiday driver license licensee name email phone
""".split()  # noqa: SIM905 - a table to read


def closed(data):
    """What California's answer shows of a record, and how many values it closed."""
    shown, withheld = play.released(play.withholding(right=Right.KNOW), play.line(data))
    return shown, len(withheld)


@pytest.mark.parametrize("name", CLOSED)
def test_a_field_that_opens_an_account_or_proves_an_identity_is_closed(name):
    assert closed({name: "078-05-1120", "name": "Ana"}) == ({name: SHOWN, "name": "Ana"}, 1)


@pytest.mark.parametrize("name", PLAIN)
def test_a_field_that_only_sounds_like_one_stays_as_it_is(name):
    assert closed({name: "something"}) == ({name: "something"}, 0)


def test_it_is_found_at_any_depth_in_objects_and_in_lists():
    data = {
        "people": [{"login": {"passwordHash": "x"}}, {"accounts": [{"iban": "FI21"}, {"iban": None}]}],
        "n": 1,
    }
    assert closed(data) == (
        {
            "people": [{"login": {"passwordHash": SHOWN}}, {"accounts": [{"iban": SHOWN}, {"iban": None}]}],
            "n": 1,
        },
        2,
    )


@pytest.mark.parametrize("value", [{"first": "x", "second": "y"}, ["x", "y"], 78051120, 12.5])
def test_whatever_stands_under_such_a_name_is_closed_whole(value):
    assert closed({"securityAnswers": value}) == ({"securityAnswers": SHOWN}, 1)


@pytest.mark.parametrize("value", [None, "", [], {}, True, False])
def test_that_there_is_none_or_that_one_is_set_is_no_secret(value):
    assert closed({"password": value}) == ({"password": value}, 0)


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ({"name": "ssn", "value": "078-05-1120"}, 1),
        ({"field": "Passport No.", "value": "X1"}, 1),
        ({"question": "Mother's maiden name?", "answer": "Laine"}, 1),
        ({"key": "favourite_colour", "value": "blue"}, 0),
        ({"label": "ssn", "value": None}, 0),
        ({"name": 7, "value": "x"}, 0),
    ],
)
def test_a_field_that_is_kept_as_a_row_is_closed_too(row, count):
    data, found = closed({"custom": [row]})
    assert (found, SHOWN in data["custom"][0].values()) == (count, bool(count))


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_under_european_law_a_persons_own_numbers_are_theirs(right):
    data = {
        "ssn": "078-05-1120",
        "iban": "FI21 1234 5600 0007 85",
        "passportNumber": "X1",
        "cardLast4": "4242",
    }
    assert play.released(play.withholding(right=right), play.line(data)) == (data, [])


def test_it_is_cited_by_its_own_law():
    # 11 CCR 7024(d)
    (one,) = play.withholding(right=Right.KNOW).of(play.WHERE, play.line({"ssn": "078-05-1120"}))
    assert (one.law, one.rule.is_final) == ("11 CCR 7024(d)", True)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*CLOSED[:9], *PLAIN[:9]]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(json)
def test_what_was_closed_is_not_found_again(data):
    shown, _ = closed({"x": data})
    assert closed(shown) == (shown, 0)


@given(st.text(max_size=40))
def test_no_name_brings_it_down(name):
    closed({name: "x", "name": name, "value": "x"})
