"""One system worked by hand: whatever it is asked, a person is told what to do."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NoReturn

from dsar.contract import (
    Attachment,
    Collection,
    Coverage,
    Erase,
    Mark,
    Match,
    NeedsPerson,
    Order,
    OrderKind,
    Plan,
    Receipt,
    Record,
    Ref,
    Refused,
    Scope,
    Session,
)
from dsar_manual.settings import ManualSettings, Work

UPLOAD = "Upload what you found to this task; finish it as found, as no_match, or as a gap."


class ManualSession(Session):
    """Holds the instructions."""

    def __init__(self, settings: ManualSettings) -> None:
        self._settings = settings
        self._collections = {
            name: Collection(shelf.category, shelf.description, shelf.portable)
            for name, shelf in settings.collections.items()
        }

    @property
    def collections(self) -> Mapping[str, Collection]:
        return self._collections

    async def probe(self) -> Coverage:
        """There is nobody to ask: that the settings could be read is all."""
        return Coverage(not_covered=("Nothing is read by machine: a person looks it all up.",))

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """Have a person look. Who asks by nothing asks for nobody."""
        del scope
        if refs:
            self._hand(self._settings.find, self._settings.export, UPLOAD)
        for match in tuple[Match, ...]():
            yield match

    async def export(
        self, ref: Ref, scope: Scope, after: Mark | None
    ) -> AsyncIterator[Record | Attachment | Mark]:
        """What a person found is uploaded by them: nothing is read here."""
        del ref, scope, after
        for item in tuple[Record, ...]():
            yield item
        self._hand(self._settings.find, self._settings.export, UPLOAD)

    async def foresee(self, ref: Ref, scope: Scope, order: Erase) -> Plan:
        """Nobody knows what there is before they have looked."""
        del ref, scope, order
        self._hand(self._order(OrderKind.ERASE))

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        del ref, scope, key
        kind = OrderKind(str(order.__struct_config__.tag))
        self._hand(self._order(kind), evidence=self._settings.evidence_required)

    def _order(self, kind: OrderKind) -> Work:
        work = self._settings.work(kind)
        if work is None:
            raise Refused(
                f"{kind.value}: the settings have no instruction for it; ask whoever knows the system"
            )
        return work

    def _hand(self, work: Work, *more: str | None, evidence: bool = False) -> NoReturn:
        contact = f"Who knows the system: {self._settings.contact}." if self._settings.contact else None
        parts = [work.instruction, *more, contact]
        text = "\n".join(part for part in parts if part)
        raise NeedsPerson(text, within_days=work.within_days, evidence=evidence)
