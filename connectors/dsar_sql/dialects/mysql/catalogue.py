"""What MariaDB's and MySQL's information_schema says of tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dsar.contract import Refused
from dsar_sql.dialects.catalogue import Catalogue, Column, ForeignKey, Kind, Relation
from dsar_sql.dialects.database import Database
from dsar_sql.dialects.dialect import Params
from dsar_sql.dialects.mysql.errors import NotGranted

_KINDS = {
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), Kind.TEXT),
    **dict.fromkeys(("enum", "set"), Kind.TEXT),
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year"), Kind.WHOLE),
    **dict.fromkeys(("float", "double"), Kind.FLOAT),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), Kind.BYTES),
    "decimal": Kind.DECIMAL,
    "json": Kind.JSON,
    "uuid": Kind.UUID,
    "date": Kind.DATE,
    "datetime": Kind.LOCAL,
    "timestamp": Kind.INSTANT,
}
_BOOLEANS = frozenset({"tinyint(1)", "bit(1)"})
_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64, "year": 16}

_SCHEMA = "SELECT DATABASE()"
_TABLES = """
SELECT table_schema, table_name, table_type, engine FROM information_schema.tables
WHERE table_schema = {schema} AND table_name IN ({tables})
"""
_COLUMNS = """
SELECT table_schema, table_name, column_name, data_type, column_type, is_nullable, character_maximum_length,
  collation_name, privileges
FROM information_schema.columns
WHERE table_schema = {schema} AND table_name IN ({tables}) ORDER BY ordinal_position
"""
_UNIQUES = """
SELECT table_schema, table_name, index_name, column_name, sub_part FROM information_schema.statistics
WHERE non_unique = 0 AND table_schema = {schema} AND table_name IN ({tables})
"""
_FOREIGN_KEYS = """
SELECT k.table_schema, k.table_name, k.constraint_name, k.referenced_table_schema, k.referenced_table_name,
  k.column_name, k.referenced_column_name, r.delete_rule
FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
  ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
  AND r.table_name = k.table_name
WHERE k.table_schema = {schema} AND r.constraint_schema = {schema}
  AND (k.table_name IN ({tables}) OR k.referenced_table_name IN ({tables}))
ORDER BY k.constraint_name, k.ordinal_position
"""
# MariaDB's JSON is a text with a check.
_JSON_CHECKS = """
SELECT constraint_schema, table_name, constraint_name FROM information_schema.check_constraints
WHERE check_clause LIKE 'json_valid(%%)' AND constraint_schema = {schema} AND table_name IN ({tables})
"""
_SURVEY = """
SELECT c.table_schema, c.table_name, c.column_name FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE t.table_type = 'BASE TABLE' AND c.table_schema IN ({schemas}) ORDER BY 1, 2, c.ordinal_position
"""
_MAY_DELETE = "EXPLAIN DELETE t FROM {table} AS t WHERE 1 = 0"

_Named = tuple[str, str]


async def described(database: Database, names: Sequence[str]) -> Catalogue:
    """The tables named, as far as this user is shown them."""
    schema = await _schema(database)
    asked = {_named(name, schema): name for name in names}
    tables = {(r[0], r[1]): r for r in await _of(database, _TABLES, asked) if (r[0], r[1]) in asked}
    columns, uniques, keys = await _parts(database, tables)
    relations = {}
    for place, row in tables.items():
        is_table, sql = row[2] == "BASE TABLE", ".".join(map(database.dialect.quote, place))
        writable = any("insert" in privileges for _, _, privileges in columns[place])
        may = {"INSERT"} if writable else set()
        if is_table and await _may_delete(database, sql):
            may.add("DELETE")
        relations[asked[place]] = Relation(
            name=asked[place],
            sql=sql,
            identity=".".join(place),
            is_table=is_table,
            may=frozenset(may),
            columns={name: column for name, column, _ in columns[place]},
            uniques=uniques[place],
            foreign_keys=tuple(key for owner, key in keys if owner == ".".join(place) != key.to),
            referrers=tuple(sorted({owner for owner, key in keys if key.to == ".".join(place) != owner})),
            transactional=not is_table or row[3] == "InnoDB",
            hides_columns=True,
        )
    return relations


async def surveyed(database: Database, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The other tables of the databases that hold the named ones."""
    schema = await _schema(database)
    named = {_named(name, schema) for name in names}
    schemas = sorted({place[0] for place in named})
    listed = ", ".join(database.dialect.place(number) for number in range(1, len(schemas) + 1))
    found: dict[str, tuple[str, ...]] = {}
    for owner, table, column in await database.fetch(_SURVEY.format(schemas=listed), list(schemas)):
        if (owner, table) not in named:
            name = table if owner == schema else f"{owner}.{table}"
            found[name] = (*found.get(name, ()), column)
    return found


async def _schema(database: Database) -> str:
    ((name,),) = await database.fetch(_SCHEMA, [])
    return str(name)


def _named(name: str, schema: str) -> _Named:
    owner, point, table = name.partition(".")
    return (owner, table) if point else (schema, name)


async def _of(database: Database, statement: str, asked: Iterable[_Named]) -> list[Any]:
    """Ask of each schema by itself: the server looks up equals, and reads all there is for anything else."""
    schemas: defaultdict[str, list[str]] = defaultdict(list)
    for owner, table in asked:
        schemas[owner].append(table)
    rows: list[Any] = []
    for owner, tables in schemas.items():
        params = Params(database.dialect)
        places = params.add(owner), ", ".join(params.add(table) for table in tables)
        rows += await database.fetch(statement.format(schema=places[0], tables=places[1]), params.values)
    return rows


async def _parts(database: Database, tables: Iterable[_Named]) -> tuple[Any, Any, Any]:
    """Columns, unique keys and foreign keys of the tables. Names compare without case there, and not here."""
    asked = list(tables)
    checks = {tuple(row) for row in await _checks(database, asked)}
    columns: defaultdict[_Named, list[tuple[str, Column, str]]] = defaultdict(list)
    for owner, table, name, *of in await _of(database, _COLUMNS, asked):
        columns[owner, table].append((name, _column(*of, json=(owner, table, name) in checks), of[-1]))
    indexes: defaultdict[_Named, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for owner, table, index, name, part in await _of(database, _UNIQUES, asked):
        indexes[owner, table][index].append(None if part else name)
    uniques: defaultdict[_Named, tuple[frozenset[str], ...]] = defaultdict(tuple)
    for place, of_table in indexes.items():
        uniques[place] = tuple(frozenset(i) for i in of_table.values() if None not in i)
    return columns, uniques, _foreign_keys(await _of(database, _FOREIGN_KEYS, asked))


async def _checks(database: Database, asked: list[_Named]) -> list[Any]:
    try:
        return await _of(database, _JSON_CHECKS, asked)
    except Refused:  # MySQL has no such column there, and a type for JSON
        return []


def _column(
    data_type: str,
    column_type: str,
    nullable: str,
    length: int | None,
    collation: str | None,
    privileges: str,
    *,
    json: bool,
) -> Column:
    kind = Kind.JSON if json else _KINDS.get(data_type, Kind.OTHER)
    return Column(
        type=column_type,
        kind=Kind.BOOLEAN if column_type in _BOOLEANS else kind,
        required=nullable == "NO",
        readable="select" in privileges,
        writable="update" in privileges,
        bits=_BITS.get(data_type, 63),
        length=0 if data_type == "enum" else length,
        folded=bool(collation) and str(collation).endswith("_ci"),
    )


def _foreign_keys(rows: Iterable[Sequence[str]]) -> list[tuple[str, ForeignKey]]:
    found: dict[tuple[str, ...], list[Sequence[str]]] = {}
    for row in rows:
        if row[4] is not None:
            found.setdefault((row[0], row[1], row[2]), []).append(row)
    return [
        (
            f"{owner}.{table}",
            ForeignKey(
                to=f"{of[0][3]}.{of[0][4]}",
                ours=tuple(row[5] for row in of),
                theirs=tuple(row[6] for row in of),
                holds=of[0][7] not in {"SET NULL", "SET DEFAULT"},
            ),
        )
        for (owner, table, _), of in found.items()
    ]


async def _may_delete(database: Database, sql: str) -> bool:
    """The grant is looked for before it is seen that reads cannot write: only the first of the two is a no."""
    try:
        await database.fetch(_MAY_DELETE.format(table=sql), [])
    except NotGranted:
        return False
    except Refused:
        return True
    return True
