"""A row as it is told: its columns, each so that JSON carries its whole meaning, and its source."""

from dsar_sql.catalogue import Column, Relation
from dsar_sql.identifiers import Params, quote
from dsar_sql.tables import FromColumn, Table

_BASE64_LINE_END = r"E'\n'"
_JSON_LINE_ENDS = r"E'\n\r', '  '"


def json_row(table: Table, relation: Relation, timezone: str) -> str:
    """The SELECT list of the table `t`; excluded columns never reach it."""
    shown = {name: column for name, column in relation.columns.items() if name not in table.exclude}
    return ", ".join(f"{_value(name, column, timezone)} AS {quote(name)}" for name, column in shown.items())


def columns_read(table: Table, relation: Relation) -> list[str]:
    """The columns that a record is made of, its key and its source's column; no others are touched."""
    source = table.obtained_from.column if isinstance(table.obtained_from, FromColumn) else None
    named = {*table.key, source}
    return [name for name in relation.columns if name not in table.exclude or name in named]


def obtained_from(table: Table, params: Params) -> str:
    """The expression for a row's source: its own column, or the text declared for all."""
    source = table.obtained_from
    return f"t.{quote(source.column)}::text" if isinstance(source, FromColumn) else params.add(source)


def _value(name: str, column: Column, timezone: str) -> str:
    sql = f"t.{quote(name)}"
    match column.base:
        case "bytea":
            return f"translate(encode({sql}, 'base64'), {_BASE64_LINE_END}, '')"
        case "timestamp without time zone":
            zone = timezone.replace("'", "''")
            return f"{sql} AT TIME ZONE '{zone}'"
        case "json":
            # Line ends in JSON text are only ever white space; records are stored one a line.
            return f"translate({sql}::text, {_JSON_LINE_ENDS})::json"
    return sql
