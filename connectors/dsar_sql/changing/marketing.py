"""Suppressing a subject: an entry on the list, and consent withdrawn on the subject's own rows."""

from collections.abc import Iterable

from dsar.contract import Proof, Receipt, Ref, Refused
from dsar_sql.changing.assignment import Values, assign, written
from dsar_sql.dialects.database import Change
from dsar_sql.dialects.dialect import Params
from dsar_sql.mapping.suppression import Suppression
from dsar_sql.mapping.tables import Identifier, Table
from dsar_sql.mapping.tree import serves
from dsar_sql.reading.comparison import international
from dsar_sql.reading.reach import Reach
from dsar_sql.reading.references import ROW

_IDENTITIES = "SELECT {written} FROM {table} t WHERE {where}"
_LISTED = "SELECT 1 FROM {table} t WHERE {listed} LIMIT 1"


async def suppress(reach: Reach) -> Receipt:
    """Write the objection down wherever the mapping says; what is already there is left."""
    declared = reach.fitted.settings.suppress
    async with reach.fitted.database.change() as change:
        identities = await _identities(change, reach)
        entries = _entries(declared, reach, identities)
        own = [e for e in declared if e.columns and reach.tree[e.table] in reach.tables]
        if not entries and not own:
            raise Refused(
                "suppress: the mapping declares no place for this subject and scope; declare one in suppress"
            )
        entered = [await _enter(change, reach, entry, ref) for entry, ref in entries]
        changed = [await assign(change, reach, reach.tree[entry.table], entry.columns) for entry in own]
    return Receipt(sum(entered) + sum(changed), Proof.VERIFIED)


def _entries(
    declared: Iterable[Suppression], reach: Reach, identities: Iterable[Ref]
) -> list[tuple[Suppression, Ref]]:
    return [
        (entry, ref)
        for ref in identities
        for entry in declared
        if ref.kind in entry.insert and serves(reach.tree.root(reach.tree[entry.table]), reach.scope.role)
    ]


async def _identities(change: Change, reach: Reach) -> list[Ref]:
    """The identity ordered, or those that the subject's row names."""
    if reach.ref.kind != ROW:
        return [reach.ref]
    found: list[Ref] = []
    for root in reach.roots:
        named = root.identifiers()
        rows = await change.fetch(*_naming(reach, root))
        if not rows:
            raise Refused("suppress: the subject's row is gone; order it on the e-mail or telephone itself")
        found += [
            Ref(k, _normal(k, text, named[k]))
            for row in rows
            for k, text in zip(named, row, strict=True)
            if text
        ]
    return found


def _naming(reach: Reach, root: Table) -> tuple[str, list[object]]:
    params, relation = Params(reach.dialect), reach.relation(root)
    names = [identifier.column for identifier in root.identifiers().values()]
    texts = [
        reach.dialect.text(sql, relation.columns[name])
        for name, sql in zip(names, reach.dialect.columns(names), strict=True)
    ]
    where = reach.where(root, params)
    return _IDENTITIES.format(written=", ".join(texts), table=relation.sql, where=where), params.values


async def _enter(change: Change, reach: Reach, entry: Suppression, ref: Ref) -> int:
    table, params = reach.tree[entry.table], Params(reach.dialect)
    identifier = table.identifiers()[ref.kind]
    new: Values = {**entry.values, identifier.column: ref.value}
    if table.tenant:
        new[table.tenant] = reach.owner
    statement = reach.dialect.insert_once(
        reach.relation(table).sql,
        written(reach, table, new, params),
        there=reach.holds(ref, table, identifier, params),
    )
    entered = await change.run(statement, params.values)
    await _verify(change, reach, entry, ref)
    return entered


async def _verify(change: Change, reach: Reach, entry: Suppression, ref: Ref) -> None:
    """A trigger, or another scope's unique entry, may have kept ours out."""
    table, params = reach.tree[entry.table], Params(reach.dialect)
    listed = reach.holds(ref, table, table.identifiers()[ref.kind], params)
    statement = _LISTED.format(table=reach.relation(table).sql, listed=listed)
    if not await change.fetch(statement, params.values):
        raise Refused(
            f"suppress, table {table.name!r}: the entry did not stay; look for a trigger, "
            "or for a unique index that leaves the tenant out"
        )


def _normal(kind: str, text: str, identifier: Identifier) -> str:
    if kind == "email":
        return text.strip().lower()
    return international(text, identifier.national) if kind == "phone" else text
