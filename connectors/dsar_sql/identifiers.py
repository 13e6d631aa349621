"""Names in SQL: the only place where text of the mapping becomes part of a statement."""

from collections.abc import Iterable

from dsar.contract import Refused

NAME_BYTES_MAX = 63


def quote(name: str) -> str:
    """Quote one identifier; names that Postgres would cut or cannot hold are refused."""
    if not name or "\0" in name or len(name.encode()) > NAME_BYTES_MAX:
        raise Refused(
            "mapping: a name is empty or longer than 63 bytes; correct the table's or column's name"
        )
    return '"' + name.replace('"', '""') + '"'


def quote_table(name: str) -> str:
    """Quote a table's name, with the schema before the first point if there is one."""
    schema, point, table = name.partition(".")
    return f"{quote(schema)}.{quote(table)}" if point else quote(name)


def columns(names: Iterable[str], alias: str = "t") -> list[str]:
    """Quote columns, each under its table's alias."""
    return [f"{alias}.{quote(name)}" for name in names]


class Params:
    """A statement's values in order; each is sent as text and read by Postgres as the type named."""

    def __init__(self) -> None:
        self.values: list[object] = []

    def add(self, value: str | None, of_type: str = "text") -> str:
        """Append a value and give the expression that stands for it."""
        self.values.append(value)
        return f"${len(self.values)}::text::{of_type}"

    def add_any(self, values: list[str]) -> str:
        """Append several texts and give the array expression."""
        self.values.append(values)
        return f"${len(self.values)}::text[]"
