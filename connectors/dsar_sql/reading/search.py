"""Who is in the database: subjects by their identities, and the customers that hold them."""

from collections.abc import AsyncIterator, Sequence

from dsar.contract import Match, Ref, Refused, Role, Scope, TenantHit
from dsar_sql.dialects.dialect import Params
from dsar_sql.fit import Fitted
from dsar_sql.mapping.tables import Table
from dsar_sql.mapping.tree import serves
from dsar_sql.reading.comparison import same
from dsar_sql.reading.reach import Reach
from dsar_sql.reading.references import row_ref

MATCHES_MAX = 1000

_FIND = "SELECT {key} FROM {table} t WHERE {condition} ORDER BY {order} LIMIT {limit}"
_TENANTS = "SELECT min({tenant}) FROM {table} t WHERE {column} IS NOT NULL AND {condition} GROUP BY {exactly}"


async def find(fitted: Fitted, refs: Sequence[Ref], scope: Scope) -> AsyncIterator[Match]:
    """Each subject once; a sure identity outweighs one that is not."""
    found: dict[Ref, Match] = {}
    for ref in refs:
        for root in fitted.tree.roots:
            if serves(root, scope.role) and ref.kind in root.subject:
                for match in await _matches(fitted, scope, ref, root):
                    found[match.ref] = _surer(found.get(match.ref), match)
    for match in found.values():
        yield match


async def tenants(fitted: Fitted, refs: Sequence[Ref]) -> AsyncIterator[TenantHit]:
    """Each customer once, by the first identity that it holds."""
    seen = {fitted.settings.operator_tenant}
    for root in fitted.tree.roots:
        if not root.tenant or not serves(root, Role.PROCESSOR):
            continue
        for ref in refs:
            for tenant in await _tenants(fitted, root, root.tenant, ref):
                if tenant not in seen:
                    seen.add(tenant)
                    yield TenantHit(tenant, ref)


def finding(fitted: Fitted, scope: Scope, ref: Ref, root: Table, params: Params) -> str:
    """The statement that finds the rows of one table by one identity."""
    reach, relation = Reach(fitted, scope, ref), fitted.catalogue[root.name]
    order = fitted.dialect.columns(root.key)
    return _FIND.format(
        key=", ".join(
            fitted.dialect.text(sql, relation.columns[n]) for sql, n in zip(order, root.key, strict=True)
        ),
        table=relation.sql,
        condition=reach.holds(ref, root, root.identifiers()[ref.kind], params),
        order=", ".join(order),
        limit=MATCHES_MAX + 1,
    )


async def _matches(fitted: Fitted, scope: Scope, ref: Ref, root: Table) -> list[Match]:
    params, sure = Params(fitted.dialect), root.identifiers()[ref.kind].sure
    rows = await fitted.database.fetch(finding(fitted, scope, ref, root, params), params.values)
    if len(rows) > MATCHES_MAX:
        raise Refused(
            f"tables.{root.name}.subject.{ref.kind}: one identity names more than {MATCHES_MAX} rows; "
            "a person must look whether the column names one subject"
        )
    if fitted.tree.key_is_personal(root):
        # The key would put personal data into a reference; the identity is what the service has anyway.
        return [Match(ref, ref, sure)] if rows else []
    return [Match(row_ref(root.name, tuple(row)), ref, sure) for row in rows]


async def _tenants(fitted: Fitted, root: Table, tenant: str, ref: Ref) -> list[str]:
    identifier = root.identifiers().get(ref.kind)
    if identifier is None:
        return []
    params, relation = Params(fitted.dialect), fitted.catalogue[root.name]
    held, whose = (f"t.{fitted.dialect.quote(name)}" for name in (identifier.column, tenant))
    statement = _TENANTS.format(
        tenant=fitted.dialect.text(whose, relation.columns[tenant]),
        column=whose,
        exactly=fitted.dialect.exactly(whose, relation.columns[tenant]),
        table=relation.sql,
        condition=same(ref, identifier, relation.columns[identifier.column], held, params),
    )
    return [row[0] for row in await fitted.database.fetch(statement, params.values)]


def _surer(known: Match | None, new: Match) -> Match:
    if known is None:
        return new
    if known.found_by == new.found_by:  # one identity, several tables: sure only if sure in all of them
        return known if not known.sure else new
    return known if known.sure else new
