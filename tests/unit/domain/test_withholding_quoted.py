"""Secrets in JSON that stands as text, as a column of a database or a call of a tool has it."""

import json

import pytest
import withholding_play as play

from dsar.contract import Speaker

DATA = {
    "password": 'hunt"er\\2',
    "pin": 1234,
    "recovery_codes": ["aaaa-1111", "bbbb-2222"],
    "api_key": "sk_live_abcdefgh",
    "theme": "dark",
    "has_password": True,
    "token": "few",
}


def released(text):
    data, found = play.released(play.withholding(), play.line({"settings": text}))
    return data["settings"], {rule for _, rule, _ in found}


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("indent", [None, 2], ids=["compact", "indented"])
def test_however_deep_it_stands(depth, indent):
    # GDPR 32
    text = DATA
    for _ in range(depth):
        text = json.dumps(text, indent=indent)
    left, rules = released(text)
    assert not [word for word in ("hunt", "1234", "aaaa", "bbbb", "sk_live") if word in left]
    assert "dark" in left
    assert "few" in left
    assert rules == {"secret"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"password":"x y"}', '{"password":"[…]"}'),
        ('{"password": "cut o', '{"password": "[…]'),
        ("{'password': 'x'}", "{'password': '[…]'}"),
        ('log: {"a": 1, "PIN" : 12}', 'log: {"a": 1, "PIN" : […]}'),
    ],
)
def test_whatever_stands_about_it(text, left):
    assert released(text)[0] == left


@pytest.mark.parametrize(
    "text",
    ['{"password":null,"pin":"","token":"few"}', 'the "password": ask', '{"theme":"dark"}', '"' * 9 + '":'],
)
def test_what_holds_no_secret_stays(text):
    assert released(text) == (text, set())


@pytest.mark.parametrize(
    "text", ["\\" * 200_000 + '":', '"pin": [' * 20_000, '"pin":"' * 20_000], ids=["slash", "list", "text"]
)
def test_no_text_makes_the_look_for_it_endless(text):
    assert isinstance(released(text)[0], str)


def test_of_an_object_that_bears_a_secrets_name_what_is_the_secret_counts():
    by = play.withholding()
    told = {"secret": {"value": "hunter2hunter2", "made": "2026-03-01"}, "token": {"symbol": "ETHEREUM"}}
    assert play.released(by, play.line(told))[0] == {
        "secret": "held, not disclosed",
        "token": {"symbol": "ETHEREUM"},
    }


@pytest.mark.parametrize("name", ["salasana", "lösenord", "Passwort", "mot_de_passe", "contraseña"])
def test_a_password_is_one_in_the_companies_languages(name):
    assert play.released(play.withholding(), play.line({name: "x"}))[0] == {name: "held, not disclosed"}


def test_what_a_tool_was_told_of_a_call_is_looked_through_for_other_persons():
    # GDPR 15(4)
    said = play.call(
        (Speaker.SUBJECT, "please ring"), tool='{"to":"+358507654321","mail":"bob%40example.net"}'
    )
    assert play.released(play.withholding(), said)[0]["tool"] == '{"to":"[…]","mail":"[…]"}'
