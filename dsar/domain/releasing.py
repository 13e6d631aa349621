"""What an erasure kept is erased by itself, and recorded: when its time is over, or the hold on it is lifted."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct

from dsar.contract import Kept, Ref, Role, Scope
from dsar.domain.clock import end_of_day
from dsar.domain.history import NewEvent
from dsar.domain.holds import held_until
from dsar.domain.profile import Profile
from dsar.domain.work import NewStep, StepKind


class KeptItem(Struct, frozen=True):
    """What is needed to erase one item years later; it stands sealed under the operator's key."""

    ref: Ref
    role: Role
    tenant: str | None
    record_id: str

    @property
    def scope(self) -> Scope:
        """What the erasure may touch."""
        return Scope(self.role, self.tenant)


class Release(Struct, frozen=True):
    """Which items of a case and a system a step releases: those held until a day, or those of a hold by hand."""

    system_key: str
    until: date | None = None
    lifted: UUID | None = None

    @property
    def key(self) -> str:
        """The step's key: each date once, each lifting once."""
        return f"{self.system_key}:{self.until or self.lifted}"


def until(kept: Kept, profile: Profile) -> date | None:
    """The last day on which an item is kept: as the system says, else by the profile's rule; None: nobody can say."""
    rule = profile.holds.get(kept.ground)
    if kept.until is None and kept.dated is not None and rule is not None:
        return held_until(kept.dated, rule)
    return kept.until


def is_over(kept: Kept, profile: Profile, today: date) -> bool:
    """Whether nothing keeps an item any more, though its system still does."""
    last = until(kept, profile)
    return last is not None and last < today


def release_step(release: Release, timezone: str) -> NewStep:
    """Due when the last day is over, or at once."""
    payload: dict[str, str | int | bool] = {"system": release.system_key}
    if release.until is not None:
        payload["until"] = release.until.isoformat()
    if release.lifted is not None:
        payload["lifted"] = str(release.lifted)
    due_at = end_of_day(release.until, timezone) if release.until is not None else None
    return NewStep(StepKind.RELEASE, release.key, payload, due_at=due_at)


def release_of(payload: Mapping[str, Any]) -> Release:
    """What a step of the kind is about."""
    on, lifted = payload.get("until"), payload.get("lifted")
    return Release(
        str(payload["system"]),
        until=date.fromisoformat(on) if on else None,
        lifted=UUID(lifted) if lifted else None,
    )


def _data(release: Release, items: int) -> dict[str, Any]:
    data: dict[str, Any] = {"system": release.system_key, "items": items}
    if release.until is not None:
        data["until"] = release.until.isoformat()
    if release.lifted is not None:
        data["lifted"] = str(release.lifted)
    return data


def released(release: Release, items: int, proof: str, *, kept: int = 0, actor: str = "service") -> NewEvent:
    """They are gone; `proof` says how far that is known. `kept` are those that a statute keeps all the same."""
    data = {**_data(release, items), "proof": proof}
    return NewEvent("hold.released", actor, {**data, "kept": kept} if kept else data)


def continued(release: Release, items: int, holds: tuple[UUID, ...]) -> NewEvent:
    """Their time is over, but a dispute needs them: a hold set by hand keeps them on."""
    return NewEvent("hold.continued", data={**_data(release, items), "holds": [str(hold) for hold in holds]})
