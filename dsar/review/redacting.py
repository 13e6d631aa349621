"""What staff withholds or lets go: one place of one item, or whatever a rule by hand finds; undone as it was done."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from dsar.domain.case import Case, Decision, State
from dsar.domain.errors import FieldError, InvalidInput, NotFound, NotNow
from dsar.domain.history import NewEvent
from dsar.domain.redacting import BEYOND, check_disclosable, check_in_file, check_in_record, check_selector
from dsar.domain.withholding import (
    About,
    Decided,
    Effect,
    Place,
    Selector,
    Target,
    WithholdingGround,
    Words,
)
from dsar.review.acting import Actor
from dsar.review.counting import withheld_of
from dsar.review.hearing import heard_in
from dsar.review.item import Item
from dsar.review.listening import Listening
from dsar.review.looking import Look, Looking
from dsar.review.opening import origin_of, row_of
from dsar.store import Connection, Database, cases, redactions, supplements, withholding
from dsar.store.redactions import RedactionRow
from dsar.store.rows import new_id
from dsar.vault import Vault
from dsar.vault.segments import Collectable, StoredAttachment

DECISIONS_MAX = 5000  # of one case, what was undone included: more are a rule's work
WHY_LENGTH_MAX = 2000

Why = Annotated[str, Meta(max_length=WHY_LENGTH_MAX)]


class Wish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What staff wants withheld or let go: a place in an item, the whole item where `place` is left out, or a rule.

    `why` are staff's own words; they stand sealed.
    """

    effect: Effect
    ground: WithholdingGround
    item: str | None = None
    place: Place | None = None
    selector: Selector | None = None
    why: Why = ""


class Ready(Struct, frozen=True):
    """A wish that was held against what was found."""

    case_id: UUID
    decided: Decided


class Made(Struct, frozen=True):
    """A decision with its sealed part opened."""

    row: RedactionRow
    words: Words


class Redacting:
    """Staff's decisions on what leaves."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        looking: Looking,
        listening: Listening,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._looking = looking
        self._listening = listening
        self._now = now

    async def ready(self, actor: Actor, case_id: UUID, wish: Wish) -> Ready:
        """Hold a wish against what was found; raises InvalidInput that names the field that does not fit."""
        look = await self._looking.at(case_id)
        if (wish.item is None) == (wish.selector is None):
            raise InvalidInput(_ONE_OF_TWO)
        if wish.selector is not None:
            check_selector(wish.selector, wish.place)
            return Ready(case_id, _decided(actor, wish, None, Words(selector=wish.selector, why=wish.why)))
        if wish.place is None and wish.effect is Effect.DISCLOSE:
            raise InvalidInput(_NO_PLACE)
        place = wish.place or Place()
        about, item = await self._item(look, Item.parse(wish.item or ""), wish.effect, place)
        words = Words(place=place, why=wish.why, about=about)
        return Ready(case_id, _decided(actor, wish, item, words))

    async def _item(self, look: Look, item: Item, effect: Effect, place: Place) -> tuple[About, bytes]:
        row = row_of(look.rows, item)
        heard = await heard_in(look, row)

        def fits(items: list[Collectable]) -> Collectable:
            line = items[item.line]
            if isinstance(line, StoredAttachment):
                check_in_file(line.attachment, place)
            else:
                check_in_record(line.data, place)
            if effect is Effect.DISCLOSE:
                check_disclosable(withheld_of(look, row, line, heard), place)
            return line

        line = await look.sealed.looked_at(row, fits)
        if isinstance(line, StoredAttachment) and place.stretch is not None:
            last = place.stretch.to_ms or place.stretch.from_ms + 1
            if not await self._listening.is_heard_at(look, line, last):
                raise InvalidInput(BEYOND)
        record_id = origin_of(line).record_id
        index = withholding.index_of(look.case.id, self._vault.blind_index)
        about = About(row.system_key, row.collection, record_id)
        return about, index(f"{row.system_key}:{row.collection}", record_id)

    async def keep(self, tx: Connection, actor: Actor, ready: Ready) -> Made:
        """Write the decision, with its entry in the history."""
        now = self._now()
        case = await cases.lock(tx, ready.case_id)
        await in_review(tx, case)
        if len(await redactions.of_case(tx, case.id)) >= DECISIONS_MAX:
            raise NotNow("case", "has very many decisions.", "Withhold what is left by a rule, or refuse.")
        decided = ready.decided
        target = Target.RULE if decided.words.place is None else decided.words.place.target
        sealed = self._vault.case_key(case.wrapped_key).seal(
            msgspec.json.encode(decided.words), redactions.PURPOSE
        )
        made = await redactions.insert(
            tx,
            case.id,
            effect=decided.effect,
            target=target,
            ground=decided.ground,
            item_index=decided.item,
            sealed=sealed,
            staff_id=actor.id,
            now=now,
        )
        said = {"redaction": str(made), "effect": decided.effect.value, "target": target.value}
        event = NewEvent("redaction.made", actor.name, said | {"ground": decided.ground.value})
        await cases.apply(tx, case, Decision(events=(event,)), now)
        rows = {row.id: row for row in await redactions.of_case(tx, case.id)}
        return Made(rows[made], decided.words)

    async def undo(self, actor: Actor, case_id: UUID, redaction_id: UUID) -> None:
        """Take a decision back: it stays on record, and counts no more."""
        now = self._now()
        async with self._db.write() as tx:
            case = await cases.lock(tx, case_id)
            if redaction_id not in {row.id for row in await redactions.of_case(tx, case_id)}:
                raise NotFound("no such decision")
            await in_review(tx, case)
            if not await redactions.undo(tx, redaction_id, case_id, actor.id, now):
                raise NotNow("decision", "was undone already.", "Look at the decisions of the case.")
            event = NewEvent("redaction.undone", actor.name, {"redaction": str(redaction_id)})
            await cases.apply(tx, case, Decision(events=(event,)), now)

    async def page(self, case_id: UUID) -> list[Made]:
        """All that staff decided, the undone included, in order."""
        async with self._db.read() as connection:
            case = await cases.one(connection, case_id)
            key = self._vault.case_key(case.wrapped_key)
            rows = await redactions.of_case(connection, case_id)
        return [Made(row, withholding.words_of(row, key.open)) for row in rows]


async def in_review(tx: Connection, case: Case) -> None:
    """Refuse where nobody looks at what leaves: it has left, or is not collected yet."""
    if case.state is not State.IN_REVIEW and await supplements.waiting(tx, case) is None:
        raise NotNow("case", f"is {case.state.value}.", "Only a case in review can be decided on.")


def _decided(actor: Actor, wish: Wish, item: bytes | None, words: Words) -> Decided:
    return Decided(
        id=new_id(), effect=wish.effect, ground=wish.ground, item=item, words=words, author=actor.name
    )


_ONE_OF_TWO = FieldError("item", "and `selector` are not one of the two.", "Name an item, or a rule.")
_NO_PLACE = FieldError(
    "place", "is missing: what is let go is named.", "Name the field, or an empty pointer for the whole item."
)
