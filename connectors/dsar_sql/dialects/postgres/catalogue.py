"""What Postgres's catalogue says of tables."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from dsar_sql.dialects.catalogue import Catalogue, Column, ForeignKey, Kind, Relation
from dsar_sql.dialects.database import Database

_PLAIN_TABLES = frozenset("rp")
_KINDS = {
    **dict.fromkeys(("text", "character varying", "bpchar", "citext"), Kind.TEXT),
    **dict.fromkeys(("smallint", "integer", "bigint"), Kind.WHOLE),
    **dict.fromkeys(("json", "jsonb"), Kind.JSON),
    **dict.fromkeys(("real", "double precision"), Kind.FLOAT),
    "numeric": Kind.DECIMAL,
    "boolean": Kind.BOOLEAN,
    "uuid": Kind.UUID,
    "date": Kind.DATE,
    "timestamp without time zone": Kind.LOCAL,
    "timestamp with time zone": Kind.INSTANT,
    "bytea": Kind.BYTES,
}
_BITS = {"smallint": 15, "integer": 31}

# format_type with -1: a name without length that a cast does not cut by.
_DESCRIBE = """
SELECT json_build_object(
  'name', asked.name, 'sql', format('%I.%I', s.nspname, c.relname),
  'identity', s.nspname || '.' || c.relname, 'kind', c.relkind,
  'may', array_remove(ARRAY[
    CASE WHEN has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
    CASE WHEN has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END], NULL),
  'columns', (
    SELECT json_object_agg(a.attname, json_build_object(
      'type', format_type(a.atttypid, -1), 'base', format_type(coalesce(nullif(y.typbasetype, 0), y.oid), -1),
      'enumerated', y.typtype = 'e',
      'length', CASE WHEN y.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
      'required', a.attnotnull,
      'readable', has_column_privilege(c.oid, a.attnum, 'SELECT'),
      'writable', has_column_privilege(c.oid, a.attnum, 'UPDATE')) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'uniques', coalesce((
    SELECT json_agg(ARRAY(
      SELECT a.attname::text FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey[:i.indnkeyatts - 1])))
    FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
      AND i.indexprs IS NULL), '[]'),
  'foreign_keys', coalesce((
    SELECT json_agg(json_build_object(
      'to', (SELECT n.nspname || '.' || o.relname FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
             WHERE o.oid = f.confrelid),
      'holds', f.confdeltype IN ('a', 'r', 'c'),
      'ours', ARRAY(
        SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY k (num, place)
        JOIN pg_attribute a ON (a.attrelid, a.attnum) = (f.conrelid, k.num) ORDER BY k.place),
      'theirs', ARRAY(
        SELECT a.attname::text FROM unnest(f.confkey) WITH ORDINALITY k (num, place)
        JOIN pg_attribute a ON (a.attrelid, a.attnum) = (f.confrelid, k.num) ORDER BY k.place)
    ) ORDER BY f.oid)
    FROM pg_constraint f
    WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid),
    '[]'),
  'referrers', coalesce((
    SELECT json_agg(DISTINCT n.nspname || '.' || o.relname)
    FROM pg_constraint f JOIN pg_class o ON o.oid = f.conrelid JOIN pg_namespace n ON n.oid = o.relnamespace
    WHERE f.confrelid = c.oid AND f.contype = 'f' AND f.conrelid <> c.oid),
    '[]')
)::text AS relation
FROM unnest($1::text[], $2::text[]) AS asked (name, quoted)
JOIN pg_class c ON c.oid = to_regclass(asked.quoted)
JOIN pg_namespace s ON s.oid = c.relnamespace
"""

# A partition's rows are its parent's, a view's are its tables'; a materialized view holds a copy of its own.
_SURVEY = """
WITH named AS (
  SELECT c.oid, c.relnamespace FROM unnest($1::text[]) AS asked (quoted)
  JOIN pg_class c ON c.oid = to_regclass(asked.quoted)
)
SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE s.nspname || '.' || c.relname END AS name,
  ARRAY(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
WHERE c.relnamespace IN (SELECT relnamespace FROM named) AND c.oid NOT IN (SELECT oid FROM named)
  AND c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
ORDER BY 1
"""


class _Column(Struct, frozen=True):
    type: str
    base: str
    enumerated: bool
    length: int | None
    required: bool
    readable: bool
    writable: bool

    def known(self) -> Column:
        """The column in the words of all kinds of database. The type below a domain says what it holds."""
        return Column(
            type=self.type,
            kind=_KINDS.get(self.base, Kind.OTHER),
            required=self.required,
            readable=self.readable,
            writable=self.writable,
            bits=_BITS.get(self.base, 63),
            length=0 if self.enumerated else self.length,
        )


class _Relation(Struct, frozen=True):
    name: str
    sql: str
    identity: str
    kind: str
    may: frozenset[str]
    columns: dict[str, _Column]
    uniques: tuple[frozenset[str], ...]
    foreign_keys: tuple[ForeignKey, ...]
    referrers: tuple[str, ...]

    def known(self) -> Relation:
        """Views and foreign tables only show rows that live elsewhere."""
        return Relation(
            name=self.name,
            sql=self.sql,
            identity=self.identity,
            is_table=self.kind in _PLAIN_TABLES,
            may=self.may,
            columns={name: column.known() for name, column in self.columns.items()},
            uniques=self.uniques,
            foreign_keys=self.foreign_keys,
            referrers=self.referrers,
        )


async def described(database: Database, names: Sequence[str]) -> Catalogue:
    """The tables named, as far as they are there for this user."""
    quoted = [database.dialect.quote_table(name) for name in names]
    rows = await database.fetch(_DESCRIBE, [list(names), quoted])
    relations = [msgspec.json.decode(row[0], type=_Relation).known() for row in rows]
    return {relation.name: relation for relation in relations}


async def surveyed(database: Database, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The other tables of the schemas that hold the named ones."""
    rows = await database.fetch(_SURVEY, [[database.dialect.quote_table(name) for name in names]])
    return {row[0]: tuple(row[1]) for row in rows}
