"""What of a database the mapping covers: each column exported or excluded, each other table ignored or undeclared."""

from collections.abc import Iterator

from dsar.contract import Coverage, Field, Refused, Use
from dsar_sql.dialects.catalogue import Relation
from dsar_sql.fit import Fitted
from dsar_sql.mapping.tables import Table

WHOLE = "*"


async def coverage(fitted: Fitted) -> Coverage:
    """Look at every table of the schemas that hold declared ones; an ignored one that is not there is refused."""
    others = await fitted.database.survey([table.name for table in fitted.tree.tables])
    ignored = fitted.settings.ignore
    for name in ignored:
        if name not in others:
            raise Refused(
                f"ignore.{name}: no such table for this user; correct the name, or take the line out"
            )
    declared = [field for t in fitted.tree.tables for field in _fields(t, fitted.catalogue[t.name])]
    beside = [
        Field(name, WHOLE, Use.EXCLUDED, ignored[name])
        if name in ignored
        else Field(name, WHOLE, Use.UNDECLARED)
        for name in others
    ]
    return Coverage((*declared, *beside), fitted.database.unseen)


def _fields(table: Table, relation: Relation) -> Iterator[Field]:
    for name in relation.columns:
        if name not in table.excluded:
            yield Field(table.name, name, Use.EXPORTED)
    for text, reason in table.exclude.items():
        yield Field(table.name, text, Use.EXCLUDED, reason)
