"""The loader of `sql/queries/<noun>.sql`: named statements with declared parameters.

A file holds statements, each after a line `-- name(param, param)`; parameters stand in the text as `:param`
and are sent to Postgres as `$1`, `$2`, in the order declared. Nothing is ever put into SQL as text.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from dsar.store.shipped import shipped

_HEAD = re.compile(r"^-- (?P<name>[a-z_]+)\((?P<params>[a-z0-9_, ]*)\)$", re.MULTILINE)
_PARAM = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)\b")


class Query:
    """One statement, run on a connection with its parameters by name."""

    __slots__ = ("name", "params", "sql")

    def __init__(self, name: str, params: tuple[str, ...], sql: str) -> None:
        used = set(_PARAM.findall(sql))
        if used != set(params):
            raise ValueError(f"{name}: declares {sorted(params)} and uses {sorted(used)}; make the two agree")
        numbers = {param: f"${number}" for number, param in enumerate(params, 1)}
        self.name = name
        self.params = params
        self.sql = _PARAM.sub(lambda found: numbers[found.group(1)], sql)

    def args(self, values: dict[str, Any]) -> list[Any]:
        """The parameters' values in their order; a missing or unknown name is a bug."""
        if values.keys() != set(self.params):
            raise TypeError(f"{self.name} takes {self.params}, not {tuple(values)}")
        return [values[param] for param in self.params]

    async def rows(self, connection: Any, **values: Any) -> list[Any]:
        """All rows."""
        return await connection.fetch(self.sql, *self.args(values))  # type: ignore[no-any-return]

    async def row(self, connection: Any, **values: Any) -> Any:
        """The first row, or None."""
        return await connection.fetchrow(self.sql, *self.args(values))

    async def value(self, connection: Any, **values: Any) -> Any:
        """The first column of the first row, or None."""
        return await connection.fetchval(self.sql, *self.args(values))

    async def run(self, connection: Any, **values: Any) -> int:
        """Carry out; the number of rows it changed."""
        tag: str = await connection.execute(self.sql, *self.args(values))
        last = tag.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0


def parse(text: str, origin: str) -> dict[str, Query]:
    """The statements of one file."""
    heads = list(_HEAD.finditer(text))
    queries: dict[str, Query] = {}
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else len(text)].strip().rstrip(";")
        name = head["name"]
        if name in queries:
            raise ValueError(f"{origin}: {name} stands twice")
        params = tuple(param.strip() for param in head["params"].split(",") if param.strip())
        queries[name] = Query(f"{origin}.{name}", params, body)
    return queries


@cache
def noun(name: str) -> dict[str, Query]:
    """The statements of `sql/queries/<name>.sql`."""
    path = query_dir() / f"{name}.sql"
    return parse(path.read_text(encoding="utf-8"), name)


def query_dir() -> Path:
    """Where the query files stand."""
    return shipped("sql") / "queries"
