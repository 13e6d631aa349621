"""Passwords, tokens and keys leave to nobody; what only sounds like one stays the person's."""

import pytest
import withholding_play as play

from dsar.domain.rights import Right
from dsar.domain.withholding import SHOWN, Effect, Place, Selector

OPAQUE = "q7Jm2xV9rT4bZc1LwP0s"
SECRET = """
    password Password PASSWORD userPassword user_password userpassword sippasswd db_passwd pwd dbPwd passphrase
    pass_phrase passcode password_hash passwordHash hashed_password encrypted_password password_digest password2
    password_old oldPassword user_pass sip_pass pin PIN voicemail_pin pinCode pin_hash recovery_codes recoveryCode
    backup_codes recovery_phrase seed_phrase otp otp_secret totpSecret mfa_secret 2fa_secret twoFactorSecret hotp_key
    verification_code login_code sms_code security_answer securityAnswers secret_answer private_key privateKey ha1
    md5secret PHPSESSID JSESSIONID
    api_key apiKey API_KEYS x-api-key secret_key aws_secret_access_key access_key accesskey signing_key webhookKey
    token Token access_token accessToken refresh_token refreshToken auth_token authtoken session_token csrf_token
    id_token token_hash push_token deviceToken reset_password_token remember_token jwt secret client_secret
    clientSecret webhook_secret salt password_salt salt_value credentials key_hash session_key session_id sessionId
    SessionID
""".split()  # noqa: SIM905 - a table to read
PLAIN = """
    message_hash file_hash contentHash email_hash hash sha256 checksum etag call_key key keys keyword primary_key
    public_key publicKey public_token next_page_token pageToken sync_token access_key_id api_key_id api_key_name
    token_id token_type token_expires_at token_count tokens_used tokenised password_changed_at passwordExpires
    passwordless password_hint password_policy has_password needs_password pin_count pinned pinned_at spin pinterest
    map_pin secretary secret_santa_group saltwater basalt hashtag hash_tags session session_count session_started_at
    session_duration call_sid account_sid visitor_id device_id cookie_consent authorized authorisation_date
    monkey turkey donkey_id keynote otpion option compass_point passport passport_number iban bank_account
    card_last4 ssn social_security_number national_id date_of_birth tax_id bypass passenger
""".split()  # noqa: SIM905 - a table to read


@pytest.mark.parametrize("name", SECRET)
def test_what_opens_an_account_or_a_system_is_told_as_held_and_not_shown(name):
    data, withheld = play.released(play.withholding(), play.line({name: OPAQUE, "name": "Ana"}))
    assert data == {name: SHOWN, "name": "Ana"}
    assert [rule for _, rule, _ in withheld] == ["secret"]


@pytest.mark.parametrize("name", PLAIN)
def test_what_only_sounds_like_a_secret_stays(name):
    data = {name: OPAQUE, "name": "Ana"}
    assert play.released(play.withholding(), play.line(data)) == (data, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("token", 512, id="a number of tokens"),
        pytest.param("total_tokens", 512, id="tokens of a model"),
        pytest.param("token", "hello", id="a word of a text"),
        pytest.param("secret", "I never told my sister", id="something somebody told"),
        pytest.param("salt", "a pinch of it", id="a recipe"),
        pytest.param("credentials", "MD, PhD", id="titles"),
        pytest.param("session_id", "0195a000-0000-7000-8000-000000000001", id="a visit"),
        pytest.param("session_id", 4711, id="a lesson"),
        pytest.param("$session_id", "0195a000-0000-7000-8000-000000000001", id="a visit as PostHog has it"),
        pytest.param("cookies", "accepted all", id="consent"),
        pytest.param("authorization", "granted", id="a permission"),
        pytest.param("password", None, id="no password"),
        pytest.param("password", True, id="that there is one"),
        pytest.param("api_keys", [], id="no keys"),
    ],
)
def test_a_word_that_has_other_uses_counts_by_its_value(name, value):
    assert play.released(play.withholding(), play.line({name: value})) == ({name: value}, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer " + OPAQUE),
        ("authorization", "Basic dXNlcjpwYXNz"),
        ("Cookie", "sid=" + OPAQUE + "; lang=fi"),
        ("set-cookie", "session=" + OPAQUE),
        ("pin", 1234),
        ("api_keys", [OPAQUE, OPAQUE]),
        ("password", {"hash": "x", "rounds": 12}),
        ("private_key", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"),
    ],
)
def test_headers_numbers_lists_and_objects_are_secrets_too(name, value):
    data, _ = play.released(play.withholding(), play.line({"meta": [{name: value}]}))
    assert data == {"meta": [{name: SHOWN}]}


def test_a_secret_that_is_kept_as_a_row_is_found_by_the_name_beside_it():
    rows = [{"name": "Authorization", "value": "Bearer " + OPAQUE}, {"key": "colour", "value": "blue"}]
    data, withheld = play.released(play.withholding(), play.line({"headers": rows}))
    assert [row["value"] for row in data["headers"]] == [SHOWN, "blue"]
    assert withheld == [("/headers/0/value", "secret", "likely")]


HASHES = [
    "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "$2y$10$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21l$RdescudvJCsgt3ub+b1LAA",
    "$6$rounds=5000$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq",
    "$5$saltsalt$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8",
    "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
    "$P$B12345678L7vGb7AxUQ8qZcQ3sQhN4.",
    "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
    "pbkdf2_sha256$600000$salt1234$Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9v=",
    "pbkdf2:sha256:600000$salt1234$5f4dcc3b5aa765d61d8327deb882cf995f4dcc3b",
    "scrypt:32768:8:1$salt1234$5f4dcc3b5aa765d61d8327deb882cf99",
    "scrypt$salt1234$16384$8$1$5f4dcc3b5aa765d61d8327deb882cf99",
    "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g4tlxT",
    "{SHA512}W6ph5Mm5Pz8GgiULbPgzG37mj9g4tlxT",
]


@pytest.mark.parametrize("kept", HASHES, ids=lambda kept: kept[:9])
def test_a_kept_password_is_known_by_its_form_wherever_it_stands(kept):
    data, withheld = play.released(
        play.withholding(), play.line({"a": {"b": [kept]}, "note": f"was {kept}, ok"})
    )
    assert data == {"a": {"b": [SHOWN]}, "note": "was […], ok"}
    assert sorted(withheld) == [("/a/b/0", "hash", "likely"), ("/note", "hash", "likely")]


@pytest.mark.parametrize(
    "text",
    [
        "$5",
        "it costs $1$ or $2",
        "$100,000.00",
        "{name}",
        "{SHA}",
        "US$5$6 a piece",
        "{CRYPT} is a format",
        "md5$",
    ],
)
def test_money_and_templates_are_no_kept_passwords(text):
    assert play.released(play.withholding(), play.line({"a": text})) == ({"a": text}, [])


@pytest.mark.parametrize("right", list(Right), ids=str)
@pytest.mark.parametrize("to_controller", [True, False], ids=["controller", "person"])
def test_secrets_leave_to_nobody_under_no_right(right, to_controller):
    by = play.withholding(right=right, to_controller=to_controller)
    data, _ = play.released(by, play.line({"api_key": OPAQUE, "x": HASHES[0]}))
    assert data == {"api_key": SHOWN, "x": SHOWN}


@pytest.mark.parametrize(
    "place", [Place(), Place("/login"), Place("/login/api_key")], ids=lambda p: p.pointer
)
def test_no_decision_frees_a_secret(place):
    by = play.withholding(
        play.disclosed(1, place), play.decided(2, selector=Selector(), effect=Effect.DISCLOSE)
    )
    data, _ = play.released(by, play.line({"login": {"api_key": OPAQUE, "at": "noon"}}))
    assert data == {"login": {"api_key": SHOWN, "at": "noon"}}


def test_a_secret_cannot_be_made_to_vanish_by_turning_its_words_into_a_name():
    by = play.withholding()
    data = {"password": SHOWN}
    assert play.released(by, play.line(data)) == (data, [])


def test_the_names_of_hostile_records_are_not_kept_without_end():
    by = play.withholding()
    for number in range(5000):
        by.of(play.WHERE, play.line({f"name {number}": "x"}))
    data, _ = play.released(by, play.line({"password": "x"}))
    assert data == {"password": SHOWN}


def test_depth_is_no_limit():
    data = {"password": "x"}
    for _ in range(5000):
        data = {"a": data}
    (one,) = play.withholding().of(play.WHERE, _shallow(data))
    assert one.place.pointer == "/a" * 5000 + "/password"


def _shallow(data):
    empty = play.line({})
    empty.data = data
    return empty
