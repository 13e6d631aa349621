"""The page of an archive from facts made by hand, and a folder that holds it as a person unpacks it."""

import wave
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

from support.assembling_case import RECEIVED, assembling

from dsar.bundle.conversation import CallPlace, CallSection, Mute, Recording, call
from dsar.bundle.dossier import Dossier
from dsar.bundle.field import without_controls
from dsar.bundle.inlined import inlined
from dsar.bundle.page import ANSWER, CategorySection, CollectionSection, Edition, LetterLink, about, facts
from dsar.bundle.release import Counted
from dsar.bundle.sample import Room, Sample
from dsar.bundle.searched import Ending, Searched
from dsar.contract import Maker, Speaker, Turn
from dsar.domain.case import Case
from dsar.domain.profile import LoadedProfile, load
from dsar.domain.rights import Right
from dsar.domain.withholding import (
    Certainty,
    Line,
    Place,
    Rule,
    Stretch,
    Target,
    Withheld,
    WithholdingGround,
)
from dsar.render import Templates
from dsar.store import shipped

TEMPLATES = Templates(shipped("templates"), shipped("translations"))
LETTERS = (LetterLink("letters/1 answer.html", "Your data", RECEIVED),)
HOSTILE = (
    '<script>window.pwned=1</script></script><img src=x onerror="window.pwned=1">\'"&<!--',
    "javascript:window.pwned=1",
    '" onmouseover="window.pwned=1" x=\'',
    "{{ 7 * 7 }}</style></textarea></option></select></title>",
    "\u202egnp.exe\u202d\u2066",
    "\x00\x07\x1b[31m\x7f\x85",
    "n" * 300,
    "https://tracker.example/pixel.gif",
)


def counts(places=2, rule=Rule.OTHERS, ground=WithholdingGround.OTHERS, system="crm"):
    """What a release withheld."""
    counted = Counted(ground, rule, Certainty.CERTAIN, "contact", system, "contacts", Target.FIELD)
    return Counter({counted: places})


def profile() -> LoadedProfile:
    text = (shipped("profiles") / "demo.toml").read_text(encoding="utf-8")
    return load(text.replace('languages = ["en"]', 'languages = ["en", "fi"]'), "demo")


def case(right: Right = Right.ACCESS, language: str = "en") -> Case:
    return assembling(profile(), right, language)


def line(data, **pointers) -> Line:
    return Line(origin=b"{}", data=data, **pointers)


def withheld(pointer: str, ground=WithholdingGround.OTHERS, **place) -> Withheld:
    return Withheld(place=Place(pointer, **place), ground=ground, rule=Rule.OTHERS)


def collection(system, name, lines, withheld=(), *, room=None, records=None) -> CollectionSection:
    sample = Sample(200, room)
    sample.take(lines, withheld)
    stem = f"data/x/{system}.{name}"
    return CollectionSection(system, name, records or len(lines), sample, f"{stem}.json", f"{stem}.csv")


def spoken_call(
    record_id="17.1", *, turns=None, withheld=(), recordings=None, room=None, **facts
) -> CallSection:
    """A call of some turns, `(speaker, from, to, text)`; a null text was withheld."""
    said = turns or [
        (Speaker.MACHINE, 0, 900, "Hello, this is the assistant of Example Oy."),
        (Speaker.SUBJECT, 1000, 1900, "Hi, Anna here. Is my order ready?"),
        (Speaker.OTHER, 2000, 2900, None),
        (Speaker.BUSINESS, 3000, None, "It is; we open at nine."),
    ]
    data = {"caller": "+358401234567", **facts, "turns": [text for *_, text in said]}
    marks = tuple(Turn(f"/turns/{n}", *turn[:3]) for n, turn in enumerate(said))
    made = Maker("whisper-large-v3", RECEIVED)
    return call(
        line(data, turns=marks, made_by_ai=("/turns",), maker=made),
        withheld or [globals()["withheld"](f"/turns/{n}") for n, turn in enumerate(said) if turn[3] is None],
        where=CallPlace(
            record_id, "Telephone", f"calls/{record_id}", (f"calls/{record_id}/transcript.json",)
        ),
        recordings=recordings if recordings is not None else (recording(f"calls/{record_id}/recording.wav"),),
        room=room or Room(),
    )


def recording(path="calls/17.1/recording.wav", **facts) -> Recording:
    mutes = (Mute(Stretch(2000, 2900), WithholdingGround.OTHERS, "caller"),)
    return Recording(path, "audio/wav", 64_044, mutes, **facts)


def section(key="contact", language="en", **parts) -> CategorySection:
    known = profile().profile
    words = about(known.categories[key], known, language) if key in known.categories else None
    return CategorySection(key, words, **parts)


def ordinary(language="en") -> list[CategorySection]:
    """Some of everything that a page can show."""
    room = Room()
    people = [
        line({"name": "Sjöberg Anna", "phone": "+358401234567", "visits": 12, "member": True}),
        line({"name": "Łukasz", "phone": "", "visits": 3, "score": 0.5}, inferred=("/score",)),
        line({"name": "Örn", "phone": "+46812345", "visits": 101, "colleague": None}),
    ]
    notes = [line({f"field {n}": f"value {n}" for n in range(12)} | {"summary": "Wants an offer. " * 9},
                  made_by_ai=("/summary",), maker=Maker("gpt-4o", RECEIVED))]  # fmt: skip
    return [
        section(
            language=language,
            collections=[
                collection("Customers", "contacts", people, [(), (), [withheld("/colleague")]], room=room),
                collection("Customers", "notes", notes, room=room, records=1000),
            ],
        ),
        section(
            "call_recordings",
            language,
            collections=[],
            calls=[spoken_call(room=room), spoken_call("17.2", room=room, city="Tampere")],
            call_count=2,
            recordings=[Recording("files/photo ä#1.png", "image/png", 1_400_000)],
            recording_count=3,
        ),
    ]


SEARCHED = (
    Searched("crm", "Customers", Ending.FOUND, 1003, 0, RECEIVED),
    Searched("calls", "Telephone", Ending.FOUND, 2, 2, RECEIVED),
    Searched("helpdesk", "Help desk", Ending.GAP, 0, 0, None, pending=True),
)


def page(
    sections,
    *,
    language="en",
    right=Right.ACCESS,
    searched=SEARCHED,
    stayed_out=None,
    inferred_left_out=0,
    edition: Edition = ANSWER,
    letters=LETTERS,
    templates: Templates = TEMPLATES,
) -> str:
    about_case = case(right, language)
    dossier = Dossier(about_case, profile(), "Demo Voice Oy", "privacy@demo-voice.example", searched, ())
    release = SimpleNamespace(
        withheld=counts() if stayed_out is None else stayed_out, inferred_left_out=inferred_left_out
    )
    known = facts(dossier, sections, release, edition=edition, letters=letters, dictionary="datapackage.json")
    law = templates.law(about_case.regime, language)
    known |= {"language": language, "inlined": inlined(templates.source)}
    return without_controls(templates.render("bundle/index.html", **known, **law))


def unpacked(folder: Path, html: str, *, sounds=("calls/17.1/recording.wav",)) -> Path:
    """As the person has it on the disk: the page, and four seconds of silence for each recording."""
    (folder / "index.html").write_text(html, encoding="utf-8")
    for sound in sounds:
        path = folder / unquote(sound)
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(64_000))
    return folder / "index.html"
