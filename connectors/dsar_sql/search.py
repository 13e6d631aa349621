"""Who is in the database: subjects by their identities, and the customers that hold them."""

from collections.abc import AsyncIterator, Sequence

from dsar.contract import Match, Ref, Refused, Role, Scope, TenantHit
from dsar_sql.catalogue import Catalogue
from dsar_sql.comparison import same
from dsar_sql.database import Database
from dsar_sql.identifiers import Params, columns, quote
from dsar_sql.reach import Reach
from dsar_sql.references import row_ref
from dsar_sql.settings import Settings
from dsar_sql.tables import Table
from dsar_sql.tree import serves

MATCHES_MAX = 1000

_FIND = "SELECT {key} FROM {table} t WHERE {condition} ORDER BY {order} LIMIT {limit}"
_TENANTS = (
    "SELECT DISTINCT t.{tenant}::text AS tenant FROM {table} t WHERE t.{tenant} IS NOT NULL AND {condition}"
)


async def find(
    database: Database, settings: Settings, catalogue: Catalogue, refs: Sequence[Ref], scope: Scope
) -> AsyncIterator[Match]:
    """Each subject once; a sure identity outweighs one that is not."""
    found: dict[Ref, Match] = {}
    for ref in refs:
        reach = Reach(settings, catalogue, scope, ref)
        for root in reach.tree.roots:
            if serves(root, scope.role) and ref.kind in root.subject:
                for match in await _matches(database, reach, root):
                    found[match.ref] = _surer(found.get(match.ref), match)
    for match in found.values():
        yield match


async def tenants(
    database: Database, settings: Settings, catalogue: Catalogue, refs: Sequence[Ref]
) -> AsyncIterator[TenantHit]:
    """Each customer once, by the first identity that it holds."""
    seen = {settings.operator_tenant}
    for root in settings.tree().roots:
        if not root.tenant or not serves(root, Role.PROCESSOR):
            continue
        for ref in refs:
            for row in await _tenants(database, catalogue, root, root.tenant, ref):
                if row["tenant"] not in seen:
                    seen.add(row["tenant"])
                    yield TenantHit(row["tenant"], ref)


async def _matches(database: Database, reach: Reach, root: Table) -> list[Match]:
    identifier, ref, params = root.identifiers()[reach.ref.kind], reach.ref, Params()
    statement = _FIND.format(
        key=", ".join(f"{column}::text" for column in columns(root.key)),
        table=reach.catalogue[root.name].sql,
        condition=reach.holds(ref, root, identifier, params),
        order=", ".join(columns(root.key)),
        limit=MATCHES_MAX + 1,
    )
    rows = await database.fetch(statement, params.values)
    if len(rows) > MATCHES_MAX:
        raise Refused(
            f"tables.{root.name}.subject.{ref.kind}: one identity names more than {MATCHES_MAX} rows; "
            "a person must look whether the column names one subject"
        )
    if reach.tree.key_is_personal(root):
        # The key would put personal data into a reference; the identity is what the service has anyway.
        return [Match(ref, ref, identifier.sure)] if rows else []
    return [Match(row_ref(root.name, tuple(row)), ref, identifier.sure) for row in rows]


async def _tenants(
    database: Database, catalogue: Catalogue, root: Table, tenant: str, ref: Ref
) -> list[dict[str, str]]:
    identifier = root.identifiers().get(ref.kind)
    if identifier is None:
        return []
    params, relation = Params(), catalogue[root.name]
    condition = same(
        ref, identifier, relation.columns[identifier.column], f"t.{quote(identifier.column)}", params
    )
    statement = _TENANTS.format(tenant=quote(tenant), table=relation.sql, condition=condition)
    return await database.fetch(statement, params.values)


def _surer(known: Match | None, new: Match) -> Match:
    if known is None:
        return new
    if known.found_by == new.found_by:  # one identity, several tables: sure only if sure in all of them
        return known if not known.sure else new
    return known if known.sure else new
