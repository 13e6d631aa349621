"""Whose voice a recording carries, and recordings that Asterisk keeps behind ARI."""

import wave

import httpx
import msgspec
import pytest

from dsar.contract import (
    Attachment,
    Channel,
    Erase,
    Proof,
    Refused,
    Speaker,
    Throttled,
    Tools,
    Unauthorised,
    Unreachable,
)
from dsar.demo.callstore import ANNA, BERTTA
from dsar.demo.exchange import Answer, answer
from dsar_asterisk import AsteriskSettings, connector

from .ari_double import PASSWORD, USER, AriDouble
from .store import ONE, TWO, everything, exported, opened, phone


def audio(items):
    return [item for item in items if isinstance(item, Attachment)]


def side(item):
    return item.name.removesuffix(".wav").partition(".1")[2]


@pytest.mark.parametrize("agent", ["business", "machine"])
async def test_the_person_speaks_on_the_side_that_the_direction_says(store, agent):
    async with opened(store, agent_is=agent) as session:
        for scope in (ONE, TWO):
            for item in audio(await exported(session, ANNA, scope)):
                inbound = next(call.inbound for call in store.of(ANNA.phone) if item.name in call.files)
                caller, called = (
                    (Speaker.SUBJECT, Speaker(agent)) if inbound else (Speaker(agent), Speaker.SUBJECT)
                )
                assert (
                    item.channels
                    == {
                        "-rx": (Channel("caller", caller),),
                        "-tx": (Channel("called", called),),
                        "": (Channel("both", Speaker.MIXED),),
                    }[side(item)]
                )
    assert any(not call.inbound for call in store.of(ANNA.phone))


async def test_a_stereo_mix_keeps_the_two_sides_apart(store):
    call = store.of(BERTTA.phone)[0]
    with wave.open(str(store.recordings_dir / call.files[0]), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(8_000))
    async with opened(store) as session:
        mix = next(item for item in audio(await exported(session, BERTTA, ONE)) if item.name == call.files[0])
    assert mix.channels == (Channel("caller", Speaker.SUBJECT), Channel("called", Speaker.BUSINESS))


async def test_on_a_leg_that_does_not_name_the_person_nobody_knows_who_speaks(store):
    """A call that was passed on and recorded on the colleague's channel."""
    call = store.of(BERTTA.phone)[0]
    for name in call.files:
        (store.recordings_dir / name).rename(store.recordings_dir / name.replace(".1", ".0"))
    text = store.master_csv.read_text()
    number = {call.written, BERTTA.phone}
    lines = [
        line if f'"{call.epoch}.0"' not in line else _without(line, number)
        for line in text.splitlines(keepends=True)
    ]
    store.master_csv.write_text("".join(lines))
    async with opened(store, sqlite=None) as session:
        sides = [
            item for item in audio(await exported(session, BERTTA, ONE)) if f"{call.epoch}.0" in item.name
        ]
    assert {item.channels[0].speaker for item in sides} == {Speaker.MIXED, Speaker.UNKNOWN}


def _without(line, numbers):
    for number in numbers:
        line = line.replace(number, "0457000055")
    return line


# ---- ARI


@pytest.fixture
async def ari(store):
    double = AriDouble()
    double.url = await double.start()
    double.recordings = {path.stem: path.read_bytes() for path in store.recordings_dir.iterdir()}
    yield double
    await double.stop()


def ari_settings(double, **changes):
    return {
        "recordings_dir": None,
        "ari_url": double.url,
        "ari_user": USER,
        "ari_password": PASSWORD,
        **changes,
    }


async def test_recordings_behind_ari_are_found_by_their_names_and_streamed(store, ari):
    async with opened(store, **ari_settings(ari)) as session:
        items = audio(await exported(session, BERTTA, ONE))
        assert {item.name for item in items} == {
            name for call in store.of(BERTTA.phone) for name in call.files
        }
        for item in items:
            heard = b"".join(await everything(session.read(item, ONE)))
            assert heard == ari.recordings[item.name.removesuffix(".wav")]
    assert ari.violations == []
    assert ("GET", "/ari/recordings/stored") not in ari.calls


async def test_names_are_the_dialplans(store, ari):
    call = store.of(BERTTA.phone)[0]
    ari.recordings = {f"ivr.{call.uniqueids[0]}_in-rx": b"RIFF"}
    async with opened(store, **ari_settings(ari, ari_recording_name="ivr.{uniqueid}_in")) as session:
        (item,) = audio(await exported(session, BERTTA, ONE))
        assert item.channels == (Channel("caller", Speaker.SUBJECT),)
        assert await everything(session.read(item, ONE)) == [b"RIFF"]


async def test_recordings_behind_ari_are_deleted_and_looked_for_again(store, ari):
    names = {name.removesuffix(".wav") for call in store.of(ANNA.phone, "tenant-1") for name in call.files}
    before = set(ari.recordings)
    async with opened(store, **ari_settings(ari)) as session:
        receipt = await session.carry_out(phone(ANNA), ONE, Erase(), "key")
        assert receipt.proof is Proof.VERIFIED
        ari.calls.clear()
        assert (await session.carry_out(phone(ANNA), ONE, Erase(), "key")).changed == 0
    assert set(ari.recordings) == before - names
    assert not [call for call in ari.calls if call[0] == "DELETE"]
    assert ari.violations == []


async def test_a_recording_that_is_gone_by_the_time_it_is_deleted_does_no_harm(store, ari):
    def vanished(told):
        return answer(404, {"message": "Recording not found"}) if told.status == 204 else told

    ari.instead = vanished
    async with opened(store, **ari_settings(ari)) as session:
        receipt = await session.carry_out(phone(BERTTA), ONE, Erase(), "key")
    assert receipt.proof is Proof.VERIFIED


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (lambda told: answer(401, {}), Unauthorised),
        (lambda told: answer(403, {}), Unauthorised),
        (lambda told: answer(404, {"message": "Resource not found"}), Refused),
        (lambda told: answer(409, {}), Refused),
        (lambda told: Answer(302, b"", {"location": "http://evil.example/"}), Refused),
        (lambda told: answer(429, {}), Throttled),
        (lambda told: answer(500, {}), Unreachable),
        (lambda told: answer(503, {}), Unreachable),
        (lambda told: Answer(200, b"<html>"), Unreachable),
        (lambda told: answer(200, {"name": "another", "format": "wav"}), Refused),
        (lambda told: answer(200, {"name": "call-1.1", "format": "../wav"}), Unreachable),
        (lambda told: msgspec.structs.replace(told, cut=True), Unreachable),
    ],
    ids=["401", "403", "404-not-ari", "409", "302", "429", "500", "503", "html", "another", "form", "cut"],
)
async def test_each_failure_of_ari_says_what_to_do(store, ari, told, error):
    ari.instead = told
    async with opened(store, **ari_settings(ari)) as session:
        for act in (session.probe, lambda: exported(session, BERTTA, ONE), lambda: erased(session)):
            with pytest.raises(error) as caught:
                await act()
            assert PASSWORD not in f"{caught.value!r}"
    assert all(name in ari.recordings for call in store.of(BERTTA.phone) for name in _stems(call))


async def erased(session):
    return await session.carry_out(phone(BERTTA), ONE, Erase(), "key")


def _stems(call):
    return [name.removesuffix(".wav") for name in call.files]


async def test_a_file_that_breaks_off_is_no_recording(store, ari):
    ari.recordings = {name: bytes(300_000) for name in ari.recordings}
    async with opened(store, **ari_settings(ari)) as session:
        item = audio(await exported(session, BERTTA, ONE))[0]
        ari.instead = lambda told: msgspec.structs.replace(told, cut=told.media_type == "audio/wav")
        with pytest.raises(Unreachable, match="no complete answer"):
            await everything(session.read(item, ONE))
        del ari.recordings[item.name.removesuffix(".wav")]
        with pytest.raises(Refused, match="no longer there"):
            await everything(session.read(item, ONE))


async def test_a_silent_ari_is_unreachable(store, ari):
    ari.silent_seconds = 5.0
    settings = msgspec.convert(store.settings | ari_settings(ari), AsteriskSettings)
    async with httpx.AsyncClient(timeout=0.3) as http, connector.open(settings, Tools(http)) as session:
        with pytest.raises(Unreachable):
            await session.probe()
