"""An open database: every call reads the catalogue first, so that it meets a table as it is by now."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from dsar.contract import (
    Attachment,
    Collection,
    Coverage,
    Erase,
    Mark,
    Match,
    Order,
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
from dsar_sql import search
from dsar_sql.catalogue import Catalogue, describe
from dsar_sql.correction import rectify, restrict
from dsar_sql.database import Database
from dsar_sql.erasure import erase, release
from dsar_sql.export import export
from dsar_sql.fit import check_fit
from dsar_sql.marketing import suppress
from dsar_sql.reach import Reach
from dsar_sql.references import ROW
from dsar_sql.settings import Settings


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

    async def probe(self) -> Coverage:
        """Compare the mapping with the database."""
        await self._catalogue()
        return Coverage()

    async def tenants(self, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
        """Name the customers whose rows hold the person."""
        async for hit in search.tenants(self._database, self._settings, await self._catalogue(), refs):
            yield hit

    async def find(self, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
        """Name the subjects' rows."""
        async for match in search.find(self._database, self._settings, await self._catalogue(), refs, scope):
            yield match

    async def export(
        self, ref: Ref, scope: Scope, after: Mark | None
    ) -> AsyncIterator[Record | Attachment | Mark]:
        """Stream the subject's rows."""
        reach = await self._reach(ref, scope)
        async for item in export(self._database, reach, self._settings.timezone, after):
            yield item

    def read(self, attachment: Attachment, scope: Scope) -> AsyncIterator[bytes]:
        """Tables hold no attachments: bytes are exported in their record, as base64."""
        del attachment, scope
        raise Refused("read: this system has no attachments")

    async def carry_out(self, ref: Ref, scope: Scope, order: Order, key: str) -> Receipt:
        """Each order says how the rows shall be, so doing it twice changes nothing more, whatever its key."""
        del key
        named = order.named if isinstance(order, Erase) else ()
        reach = await self._reach(ref, scope, named, listed=isinstance(order, Suppress))
        match order:
            case Erase(released=()):
                return await erase(self._database, reach)
            case Erase():
                return await release(self._database, reach)
            case Suppress():
                return await suppress(self._database, self._settings, reach)
            case Restrict():
                return await restrict(self._database, reach, order)
            case Rectify():
                return await rectify(self._database, reach, order)

    async def _catalogue(self) -> Catalogue:
        catalogue = await describe(self._database, self._settings.tree())
        check_fit(self._settings, catalogue)
        return catalogue

    async def _reach(
        self, ref: Ref, scope: Scope, named: Iterable[tuple[str, str]] = (), *, listed: bool = False
    ) -> Reach:
        """`listed` lets an identity pass that no table is keyed by: it may be entered on a list."""
        reach = Reach(self._settings, await self._catalogue(), scope, ref, named)
        known = any(reach.knows(root) for root in reach.tree.roots)
        if not known and not (listed and ref.kind != ROW):
            raise Refused(
                "ref: leads to no subject table of the mapping; use the references that find hands out"
            )
        return reach
