"""A case in review: records, a conversation of three and its recording, under a profile that wants people's eyes."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import soundfile

from dsar.contract import Attachment, Channel, Maker, Origin, Record, Speaker, Turn
from dsar.settings import Settings
from dsar.store.shipped import shipped

from .recorder import READ_AT, Recorder
from .world import KNOWN, Staff, World

ASKED = "The number is +44 20 7946 0018, ask for Olli"
SECRET = (
    "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"  # a kept password, to be told to nobody
)
MAKER = Maker("summariser-2", datetime(2026, 2, 1, tzinfo=UTC))


def with_profile(
    settings: Settings, folder: Path, *two_people: str, approval: str = '"erasure", "access"'
) -> Settings:
    """The demo's profile, with these approvals."""
    text = (shipped("profiles") / "demo.toml").read_text(encoding="utf-8")
    text = text.replace('approval = ["erasure"]', f"approval = [{approval}]")
    wanted = ", ".join(f'"{one}"' for one in two_people)
    path = folder / "reviewed.toml"
    path.write_text(f"{text}\n[review]\ntwo_people = [{wanted}]\n", encoding="utf-8")
    return Settings(
        **{name: getattr(settings, name) for name in settings.__struct_fields__} | {"profile": str(path)}
    )


def furnish(recorder: Recorder) -> None:
    """One of everything that review is about."""
    recorder.people[None, "email", KNOWN] = [
        {"name": "Anna Known", "note": "likes blue", "balance": 12.50, "colleague": {"name": "Olli Other"}},
        {"name": "Anna Known", "password": SECRET, "score": 7},
        {"name": "ÄSSÄ <b>bold</b>", "tags": ["x", "y"]},
    ]
    turns = (
        Turn("/turns/0/text", Speaker.SUBJECT, 0, 1000),
        Turn("/turns/1/text", Speaker.OTHER, 1000, 2000),
        Turn("/turns/2/text", Speaker.BUSINESS, 2000, 3000),
    )
    said = [{"text": ASKED}, {"text": "This is Olli himself"}, {"text": "Thank you"}]
    recorder.items = [
        Record(
            Origin("calls", "c1", READ_AT),
            {"turns": said, "summary": "Wants a number", "wife": {"name": "Maija"}},
            others=("/wife",),
            made_by_ai=("/summary",),
            inferred=("/summary",),
            turns=turns,
            maker=MAKER,
        ),
        Attachment(
            Origin("calls", "c1-sound", READ_AT),
            "c1.wav",
            "audio/wav",
            channels=(Channel("both", Speaker.MIXED),),
            record=("calls", "c1"),
        ),
    ]
    recorder.files["c1.wav"] = tone(3.0)


def tone(seconds: float) -> bytes:
    """A steady tone."""
    sink = io.BytesIO()
    at = np.arange(int(8000 * seconds)) / 8000
    soundfile.write(sink, np.sin(440 * 2 * np.pi * at), 8000, format="WAV", subtype="PCM_16")
    return sink.getvalue()


async def in_review(world: World, **body: Any) -> UUID:
    """An access of the one whom the recorder knows, searched and waiting for approval."""
    reference = await world.asked(**body)
    await world.prove(reference)
    await world.drain()
    (case,) = await world.cases(reference)
    assert case["state"] == "in_review"
    return UUID(str(case["id"]))


async def page(staff: Staff, case_id: UUID, **wanted: Any) -> dict[str, Any]:
    """A page of findings."""
    answer = await staff.client.get(f"/api/v1/cases/{case_id}/findings", params=wanted)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def found(staff: Staff, case_id: UUID, record_id: str) -> dict[str, Any]:
    """One finding."""
    listed = (await page(staff, case_id))["findings"]
    return next(one for one in listed if one["record_id"] == record_id)


async def search(staff: Staff, case_id: UUID, q: str, **more: Any) -> httpx.Response:
    """A search within."""
    return await staff.client.post(f"/api/v1/cases/{case_id}/findings/search", json={"q": q, **more})


async def redact(staff: Staff, case_id: UUID, **wish: Any) -> httpx.Response:
    """A decision; withholding for another's sake, where nothing else is said."""
    body = {"effect": "withhold", "ground": "others"} | wish
    return await staff.client.post(f"/api/v1/cases/{case_id}/redactions", json=body)


async def release(staff: Staff, case_id: UUID) -> dict[str, Any]:
    """What would leave."""
    answer = await staff.client.get(f"/api/v1/cases/{case_id}/release")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def approve(staff: Staff, case_id: UUID, content: str | None = None) -> httpx.Response:
    """An approval of what would leave now, or of what is named."""
    named = content if content is not None else (await release(staff, case_id))["content"]
    return await staff.act(case_id, "approve", content=named)
