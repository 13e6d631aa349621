"""Staff's redactions in Postgres: what each is about stands sealed under the case's key."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dsar.domain.withholding import Decided, Effect, Target, WithholdingGround, Words
from dsar.store.database import Connection
from dsar.store.queries import noun
from dsar.store.rows import as_struct, new_id

PURPOSE = "redaction"  # what `sealed` is bound to

_q = noun("redaction")


class RedactionRow(Struct, frozen=True, kw_only=True):
    """One decision of staff's. What was undone stays on record."""

    id: UUID
    case_id: UUID
    effect: Effect
    target: Target
    ground: WithholdingGround
    item_index: bytes | None
    sealed: bytes
    staff_id: UUID
    created_at: datetime
    undone_by: UUID | None
    undone_at: datetime | None

    @property
    def author(self) -> str:
        """As the history has it."""
        return f"staff:{self.staff_id}"

    def decided(self, words: Words) -> Decided:
        """With its sealed part opened."""
        return Decided(
            id=self.id,
            effect=self.effect,
            ground=self.ground,
            item=self.item_index,
            words=words,
            author=self.author,
        )


async def insert(
    connection: Connection,
    case_id: UUID,
    *,
    effect: Effect,
    target: Target,
    ground: WithholdingGround,
    item_index: bytes | None,
    sealed: bytes,
    staff_id: UUID,
    now: datetime,
) -> UUID:
    """Keep a decision."""
    redaction_id = new_id()
    await _q["insert"].run(
        connection,
        id=redaction_id,
        case_id=case_id,
        effect=effect.value,
        target=target.value,
        ground=ground.value,
        item_index=item_index,
        sealed=sealed,
        staff_id=staff_id,
        now=now,
    )
    return redaction_id


async def of_case(connection: Connection, case_id: UUID) -> list[RedactionRow]:
    """All that staff decided, the undone included, in order."""
    return [as_struct(row, RedactionRow) for row in await _q["of_case"].rows(connection, case_id=case_id)]


async def undo(
    connection: Connection, redaction_id: UUID, case_id: UUID, staff_id: UUID, now: datetime
) -> bool:
    """Take a decision back; False when there is none to take back."""
    changed = await _q["undo"].run(connection, id=redaction_id, case_id=case_id, staff_id=staff_id, now=now)
    return changed == 1
