"""Rows made JSON here, for the databases whose own JSON would cut or round what they hold."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from dsar_sql.dialects.catalogue import Kind
from dsar_sql.dialects.dialect import Dialect, Page, Row, Told

_PAGE = "SELECT {shown}{source}, {key} FROM {table} t WHERE {where} ORDER BY {order} LIMIT {limit}"

_encode = msgspec.json.Encoder(decimal_format="number").encode
_Value = Callable[[Any], Any]


def row_page(dialect: Dialect, page: Page) -> str:
    """The columns as they are, then the source and the key's texts."""
    order = dialect.columns(page.key)
    columns = page.relation.columns
    return _PAGE.format(
        shown=", ".join(dialect.columns(page.shown)) or "NULL",
        source=f", {page.source}" if page.source else "",
        key=", ".join(dialect.text(sql, columns[name]) for sql, name in zip(order, page.key, strict=True)),
        table=page.relation.sql,
        where=page.where,
        order=", ".join(order),
        limit=page.limit,
    )


def written(page: Page, rows: Sequence[Row]) -> Told:
    """Each value so that JSON carries its whole meaning."""
    names, meant = page.shown, _meanings(page, ZoneInfo(page.timezone))
    width = max(len(names), 1)
    keys_begin = width + (page.source is not None)
    lines: list[bytes] = []
    for row in rows:
        data = dict(zip(names, row, strict=False))
        for name, meaning in meant:
            if data[name] is not None:
                data[name] = meaning(data[name])
        lines.append(_encode(data))
    sources = [row[width] for row in rows] if page.source else []
    keys = list(zip(*(row[keys_begin:] for row in rows), strict=True))
    return Told(lines, sources, keys, sum(map(len, lines)))


def _meanings(page: Page, zone: ZoneInfo) -> list[tuple[str, _Value]]:
    of_kind: dict[Kind, _Value] = {
        Kind.BOOLEAN: _boolean,
        Kind.LOCAL: lambda value: _moment(value, zone),
        Kind.INSTANT: lambda value: _moment(value, zone),
        Kind.JSON: _json,
    }
    kinds = [(name, page.relation.columns[name].kind) for name in page.shown]
    return [(name, of_kind[kind]) for name, kind in kinds if kind in of_kind]


def _boolean(value: Any) -> Any:
    return bool(value) if value in {0, 1} else value


def _moment(value: Any, zone: ZoneInfo) -> Any:
    """ISO 8601 with its zone; what is no date and time (a zero date, a number) is told as it stands."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value
    if len(value) <= len("2026-03-02"):
        return value
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).isoformat()


def _json(value: Any) -> Any:
    """The JSON itself in one line, digits and order kept; text that is none stays text."""
    if not isinstance(value, str):
        return value
    try:
        msgspec.json.decode(value)
        return msgspec.Raw(msgspec.json.format(value.encode(), indent=-1))
    except msgspec.DecodeError:
        return value
