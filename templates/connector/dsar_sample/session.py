"""What is found, exported and erased. What is not written here answers as `Session` of the contract does."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from dsar.contract import (
    Attachment,
    Changed,
    Collection,
    Coverage,
    Erase,
    Mark,
    Match,
    Order,
    Origin,
    Proof,
    Receipt,
    Record,
    Ref,
    Refused,
    Role,
    Scope,
    Session,
)

from dsar_sample.api import Api, Erased, Item, Page, People, Status

KIND = "sample_person"  # the system's own name for somebody: what `find` hands out and the other calls take
CURSOR_LENGTH_MAX = 200
ASK_AGAIN = timedelta(minutes=10)

# Categories are the profile's; descriptions are read by the person.
COLLECTIONS = {
    "profile": Collection("contact", "Who you are and how we reach you"),
    "tickets": Collection(
        "communication", "What you asked our support, and what it answered", dated="opened_on"
    ),
}
# JSON pointers by collection: whose data is not the person's own, and what a model wrote.
OTHERS = {"tickets": ("/agent",)}
MADE_BY_AI = {"tickets": ("/summary",)}


class SampleSession(Session):
    """Serves many cases at once, and keeps nothing of any."""

    def __init__(self, api: Api, page_size: int) -> None:
        self._api = api
        self._page_size = page_size

    @property
    def collections(self) -> Mapping[str, Collection]:
        """What an export may yield."""
        return COLLECTIONS

    async def probe(self) -> Coverage:
        """Raise unless the system answers; say what is out of reach."""
        await self._api.call("status", {}, Status)
        return Coverage(not_covered=("what the support wrote in its own notebook",))

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """By the exact address: no namesake, no address that merely looks alike."""
        seen: set[str] = set()
        for ref in refs:
            if ref.kind != "email" or not _is_ours(scope):
                continue
            for person in (await self._api.call("find", {"email": ref.value}, People)).people:
                if person.id not in seen:
                    seen.add(person.id)
                    yield Match(Ref(KIND, person.id), ref)

    async def export(
        self, ref: Ref, scope: Scope, after: Mark | None
    ) -> AsyncIterator[Record | Attachment | Mark]:
        """Page by page, in the system's own stable order; after each page a mark from which it goes on."""
        if not _is_ours(scope):
            return
        cursor: str | None = _cursor(after)
        while cursor is not None:
            asked = {"person": _person(ref), "after": cursor, "limit": self._page_size}
            page = await self._api.call("items", asked, Page)
            for item in page.items:
                yield _record(item)
            cursor = page.next
            if cursor is not None:
                yield Mark(cursor)

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        """Erase. Sent again, it finds nothing left to erase, whatever its key; the key goes along for the system."""
        if not _is_ours(scope):
            raise Refused(
                "sample: holds the operator's own data only; nothing of a customer's is changed here"
            )
        if not isinstance(order, Erase):
            raise Refused(f"sample: {type(order).__name__} is not offered; do it in the system by hand")
        if order.named:
            raise Refused("sample: single items cannot be erased; do it in the system by hand")
        await self._hold_to_plan(ref, scope, order)
        erased = await self._api.call("erase", {"person": _person(ref), "key": key}, Erased)
        if [item async for item in self.export(ref, scope, None)]:
            return Receipt(erased.items, Proof.ACCEPTED, ask_again_at=datetime.now(UTC) + ASK_AGAIN)
        return Receipt(erased.items, Proof.VERIFIED)

    async def _hold_to_plan(self, ref: Ref, scope: Scope, order: Erase) -> None:
        """What a person approved is what is done. Where nothing is left to erase there is nothing to stop."""
        if order.plan is None:
            return
        plan = await self.foresee(ref, scope, order)
        if plan.erased and plan.digest != order.plan:
            raise Changed("sample: what is held has changed since the plan was approved; approve it anew")


def _is_ours(scope: Scope) -> bool:
    """The system holds no customer's people. One that does compares `scope.tenant` in every call."""
    return scope.role is Role.CONTROLLER


def _person(ref: Ref) -> str:
    if ref.kind != KIND:
        raise Refused(f"sample: a subject here is a {KIND}")
    return ref.value


def _cursor(after: Mark | None) -> str:
    if after is None:
        return ""
    if not (after.cursor.isdigit() and len(after.cursor) <= CURSOR_LENGTH_MAX):
        raise Refused("sample: the mark is none of this connector's; begin the export anew")
    return after.cursor


def _record(item: Item) -> Record:
    return Record(
        Origin(item.collection, item.id, datetime.now(UTC)),
        item.data,
        others=tuple(p for p in OTHERS.get(item.collection, ()) if p[1:] in item.data),
        made_by_ai=tuple(p for p in MADE_BY_AI.get(item.collection, ()) if p[1:] in item.data),
    )
