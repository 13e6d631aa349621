"""What the database says of the declared tables: columns, types, unique keys, references and grants."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from dsar.contract import Refused
from dsar_sql.database import Database
from dsar_sql.identifiers import quote_table
from dsar_sql.tree import Tree

_PLAIN_TABLES = frozenset("rp")

# format_type with -1: a name without length that a cast does not cut by.
_DESCRIBE = """
SELECT json_build_object(
  'name', asked.name, 'sql', format('%I.%I', s.nspname, c.relname), 'oid', c.oid::bigint, 'kind', c.relkind,
  'may', array_remove(ARRAY[
    CASE WHEN has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
    CASE WHEN has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END], NULL),
  'columns', (
    SELECT json_object_agg(a.attname, json_build_object(
      'type', format_type(a.atttypid, -1), 'base', format_type(coalesce(nullif(y.typbasetype, 0), y.oid), -1),
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
      'to', f.confrelid::bigint,
      'ours', ARRAY(
        SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY k (num, place)
        JOIN pg_attribute a ON (a.attrelid, a.attnum) = (f.conrelid, k.num) ORDER BY k.place),
      'theirs', ARRAY(
        SELECT a.attname::text FROM unnest(f.confkey) WITH ORDINALITY k (num, place)
        JOIN pg_attribute a ON (a.attrelid, a.attnum) = (f.confrelid, k.num) ORDER BY k.place)
    ) ORDER BY f.oid)
    FROM pg_constraint f
    WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid
      AND f.confdeltype IN ('a', 'r', 'c')),
    '[]')
)::text AS relation
FROM unnest($1::text[], $2::text[]) AS asked (name, quoted)
JOIN pg_class c ON c.oid = to_regclass(asked.quoted)
JOIN pg_namespace s ON s.oid = c.relnamespace
"""


class Column(Struct, frozen=True):
    """A column: its type, the type below a domain, NOT NULL, and what the user may do with it."""

    type: str
    base: str
    required: bool
    readable: bool
    writable: bool


class ForeignKey(Struct, frozen=True):
    """A reference to another table (by its oid) that refuses or cascades when the other row is deleted."""

    to: int
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


class Relation(Struct, frozen=True):
    """A table or view as the database knows it; `sql` is its quoted name."""

    name: str
    sql: str
    oid: int
    kind: str
    may: frozenset[str]
    columns: dict[str, Column]
    uniques: tuple[frozenset[str], ...]
    foreign_keys: tuple[ForeignKey, ...]

    @property
    def is_table(self) -> bool:
        """Whether rows live here; views and foreign tables only show them."""
        return self.kind in _PLAIN_TABLES


Catalogue = Mapping[str, Relation]


async def describe(database: Database, tree: Tree) -> Catalogue:
    """Ask the database for every declared table; a missing one is refused."""
    names = [table.name for table in tree.tables]
    rows = await database.fetch(_DESCRIBE, [names, [quote_table(name) for name in names]])
    relations = [msgspec.json.decode(row["relation"], type=Relation) for row in rows]
    found = {relation.name: relation for relation in relations}
    for name in names:
        if name not in found:
            raise Refused(
                f"tables.{name}: no such table for this user; correct the name, or write its schema before it"
            )
    return found
