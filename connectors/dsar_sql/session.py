"""An open database: every call reads the catalogue first, so that it meets a table as it is by now."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from dsar.contract import (
    Attachment,
    Collection,
    Coverage,
    Erase,
    Held,
    Mark,
    Match,
    Order,
    Plan,
    Receipt,
    Record,
    Rectify,
    Ref,
    Refused,
    Restrict,
    Scope,
    Session,
    Suppress,
    TenantHit,
)
from dsar_sql.changing.correction import rectify, restrict
from dsar_sql.changing.erasure import erase, foresee
from dsar_sql.changing.marketing import suppress
from dsar_sql.covering import coverage
from dsar_sql.dialects.database import Database
from dsar_sql.fit import Fitted, fitted
from dsar_sql.mapping.settings import Settings
from dsar_sql.reading import search
from dsar_sql.reading.everyone import everyone
from dsar_sql.reading.export import export
from dsar_sql.reading.reach import Reach
from dsar_sql.reading.references import ROW


class SqlSession(Session):
    """One database by its mapping."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    @property
    def collections(self) -> Mapping[str, Collection]:
        """The declared tables."""
        return {
            t.name: Collection(
                t.category, t.description, t.portable, suppression=t.on_erase == "suppression", dated=t.dated
            )
            for t in self._settings.tables
        }

    @property
    def finds_by(self) -> frozenset[str]:
        """The kinds that some table's rows name their subject by."""
        return frozenset(kind for table in self._settings.tables for kind in table.subject)

    async def probe(self) -> Coverage:
        """Compare the mapping with the database."""
        return await coverage(await self._fitted())

    async def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        """Name the customers whose rows hold the person."""
        async for hit in search.tenants(await self._fitted(), refs):
            yield hit

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """Name the subjects' rows."""
        async for match in search.find(await self._fitted(), refs, scope):
            yield match

    async def export(
        self, ref: Ref, scope: Scope, after: Mark | None
    ) -> AsyncIterator[Record | Attachment | Mark]:
        """Stream the subject's rows."""
        async for items in export(await self._reach(ref, scope), after):
            for item in items:
                yield item

    async def foresee(self, ref: Ref, scope: Scope, order: Erase) -> Plan:
        """Carry the erasure out in a transaction that is taken back."""
        return await foresee(await self._reach(ref, scope, order.named), order)

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        """Each order says how the rows shall be, so doing it twice changes nothing more, whatever its key."""
        del key
        named = order.named if isinstance(order, Erase) else ()
        reach = await self._reach(ref, scope, named, listed=isinstance(order, Suppress))
        match order:
            case Erase():
                return await erase(reach, order)
            case Suppress():
                return await suppress(reach)
            case Restrict():
                return await restrict(reach, order)
            case Rectify():
                return await rectify(reach, order)

    async def everyone(self) -> AsyncIterator[Held]:
        """Name all of the subject tables, by every identity."""
        async for held in everyone(await self._fitted()):
            yield held

    async def _fitted(self) -> Fitted:
        return await fitted(self._database, self._settings)

    async def _reach(
        self, ref: Ref, scope: Scope, named: Iterable[tuple[str, str]] = (), *, listed: bool = False
    ) -> Reach:
        """`listed` lets an identity pass that no table is keyed by: it may be entered on a list."""
        reach = Reach(await self._fitted(), scope, ref, named)
        known = any(reach.knows(root) for root in reach.tree.roots)
        if not known and not (listed and ref.kind != ROW):
            raise Refused(
                "ref: leads to no subject table of the mapping; use the references that find hands out"
            )
        return reach
