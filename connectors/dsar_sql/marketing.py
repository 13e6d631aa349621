"""Suppressing a subject: an entry on the list, and consent withdrawn on the subject's own rows."""

from collections.abc import Iterable

from dsar.contract import Proof, Receipt, Ref, Refused
from dsar_sql.assignment import Values, assign, value_of
from dsar_sql.comparison import international
from dsar_sql.database import Change, Database
from dsar_sql.identifiers import Params, quote
from dsar_sql.reach import Reach
from dsar_sql.references import ROW
from dsar_sql.settings import Settings
from dsar_sql.suppression import Suppression
from dsar_sql.tables import Identifier
from dsar_sql.tree import serves

_IDENTITIES = "SELECT {written} FROM {table} t WHERE {where}"
_ENTER = """
INSERT INTO {table} ({columns}) SELECT {values} WHERE NOT EXISTS (SELECT FROM {table} t WHERE {listed})
ON CONFLICT DO NOTHING
"""
_LISTED = "SELECT FROM {table} t WHERE {listed} LIMIT 1"


async def suppress(database: Database, settings: Settings, reach: Reach) -> Receipt:
    """Write the objection down wherever the mapping says; what is already there is left."""
    async with database.change() as change:
        identities = await _identities(change, reach)
        entries = _entries(settings, reach, identities)
        own = [e for e in settings.suppress if e.columns and reach.tree[e.table] in reach.tables]
        if not entries and not own:
            raise Refused(
                "suppress: the mapping declares no place for this subject and scope; declare one in suppress"
            )
        entered = [await _enter(change, reach, entry, ref) for entry, ref in entries]
        changed = [await assign(change, reach, reach.tree[entry.table], entry.columns) for entry in own]
    return Receipt(sum(entered) + sum(changed), Proof.VERIFIED)


def _entries(settings: Settings, reach: Reach, identities: Iterable[Ref]) -> list[tuple[Suppression, Ref]]:
    return [
        (entry, ref)
        for ref in identities
        for entry in settings.suppress
        if ref.kind in entry.insert and serves(reach.tree.root(reach.tree[entry.table]), reach.scope.role)
    ]


async def _identities(change: Change, reach: Reach) -> list[Ref]:
    """The identity ordered, or those that the subject's row names."""
    if reach.ref.kind != ROW:
        return [reach.ref]
    found: list[Ref] = []
    for root in reach.roots:
        params, named = Params(), root.identifiers()
        where, table = reach.where(root, params), reach.catalogue[root.name].sql
        written = ", ".join(f"t.{quote(identifier.column)}::text" for identifier in named.values())
        rows = await change.fetch(
            _IDENTITIES.format(written=written, table=table, where=where), params.values
        )
        if not rows:
            raise Refused("suppress: the subject's row is gone; order it on the e-mail or telephone itself")
        found += [
            Ref(k, _normal(k, text, named[k]))
            for row in rows
            for k, text in zip(named, row, strict=True)
            if text
        ]
    return found


async def _enter(change: Change, reach: Reach, entry: Suppression, ref: Ref) -> int:
    table, relation, params = reach.tree[entry.table], reach.catalogue[entry.table], Params()
    identifier = table.identifiers()[ref.kind]
    new: Values = {**entry.values, identifier.column: ref.value}
    if table.tenant:
        new[table.tenant] = reach.owner
    statement = _ENTER.format(
        table=relation.sql,
        columns=", ".join(quote(name) for name in new),
        values=", ".join(value_of(value, relation.columns[name], params) for name, value in new.items()),
        listed=reach.holds(ref, table, identifier, params),
    )
    entered = await change.run(statement, params.values)
    await _verify(change, reach, entry, ref)
    return entered


async def _verify(change: Change, reach: Reach, entry: Suppression, ref: Ref) -> None:
    """A trigger, or another scope's unique entry, may have kept ours out."""
    table, params = reach.tree[entry.table], Params()
    listed = reach.holds(ref, table, table.identifiers()[ref.kind], params)
    statement = _LISTED.format(table=reach.catalogue[table.name].sql, listed=listed)
    if not await change.fetch(statement, params.values):
        raise Refused(
            f"suppress, table {table.name!r}: the entry did not stay; look for a trigger, "
            "or for a unique index that leaves the tenant out"
        )


def _normal(kind: str, written: str, identifier: Identifier) -> str:
    if kind == "email":
        return written.strip().lower()
    return international(written, identifier.national) if kind == "phone" else written
