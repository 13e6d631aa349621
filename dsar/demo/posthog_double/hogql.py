"""A narrow HogQL that is really evaluated: one table, conditions joined by `and`, an order and a limit.

Faithful in what traps a caller: 100 rows when no LIMIT is given, moments in the project's own zone,
properties as JSON text, and uuids ordered by their second half first, as ClickHouse orders them.
"""

import operator
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec

from dsar.demo.posthog_double.project import Project

ROWS_DEFAULT = 100
ROWS_MAX = 50_000
ZONE = timezone(timedelta(hours=2))

SELECT = re.compile(
    r"select (?P<columns>.+?) from (?P<table>\w+) where (?P<where>.+?)"
    r"(?: order by (?P<order>\w+(?:, \w+)*))?(?: limit (?P<limit>\d+))?"
)
TERM = re.compile(
    r"(?P<column>\w+) (?P<sign>=|>=|>) "
    r"(?:toUUID\('(?P<uuid>[0-9a-f-]{36})'\)|toDateTime64\('(?P<moment>[0-9 :.-]{26})', 6, 'UTC'\))"
)
GATHERED = re.compile(r"arraySort\(groupArray\((?P<column>\w+)\)\) as (?P<name>\w+)")
SIGNS: dict[str, Callable[[Any, Any], bool]] = {"=": operator.eq, ">": operator.gt, ">=": operator.ge}

Row = dict[str, Any]
Test = Callable[[Row], bool]


class UnreadableQueryError(ValueError):
    """The query is not of the subset."""


def run(text: str, project: Project) -> dict[str, Any]:
    """The query's answer in PostHog's shape."""
    found = SELECT.fullmatch(text)
    if found is None or found["table"] not in TABLES:
        raise UnreadableQueryError("the query is not of the subset that the double evaluates")
    known, rows = TABLES[found["table"]], _rows(found["table"], project)
    test = _where(found["where"], known)
    kept = sorted((row for row in rows if test(row)), key=_order(found["order"] or "", known))
    limit = min(int(found["limit"] or ROWS_DEFAULT), ROWS_MAX)
    columns, results = _selected(found["columns"], known, kept)
    return {
        "columns": columns,
        "results": results[:limit],
        "hasMore": len(results) > limit,
        "limit": limit,
        "offset": 0,
        "hogql": text,
        "error": None,
    }


TABLES = {
    "events": (
        "uuid",
        "event",
        "timestamp",
        "created_at",
        "distinct_id",
        "properties",
        "elements_chain",
        "person_id",
    ),
    "persons": ("id", "created_at", "is_identified", "properties"),
    "person_distinct_ids": ("person_id", "distinct_id"),
}


def _rows(table: str, project: Project) -> Iterable[Row]:
    if table == "events":
        return (msgspec.structs.asdict(event) for event in project.events)
    if table == "persons":
        return (
            {"id": one.uuid, "created_at": one.created_at, "is_identified": 1, "properties": one.properties}
            for one in project.persons.values()
        )
    return (
        {"person_id": one.uuid, "distinct_id": name}
        for one in project.persons.values()
        for name in one.distinct_ids
    )


def _where(text: str, known: tuple[str, ...]) -> Test:
    tests = [_either(term, known) for term in text.split(" and ")]
    return lambda row: all(test(row) for test in tests)


def _either(text: str, known: tuple[str, ...]) -> Test:
    if not (text.startswith("(") and text.endswith(")")):
        return _term(text, known)
    tests = [_term(term, known) for term in text[1:-1].split(" or ")]
    return lambda row: any(test(row) for test in tests)


def _term(text: str, known: tuple[str, ...]) -> Test:
    found = TERM.fullmatch(text)
    if found is None or found["column"] not in known:
        raise UnreadableQueryError("a condition is not of the subset that the double evaluates")
    column, sign = found["column"], SIGNS[found["sign"]]
    wanted = (
        UUID(found["uuid"]) if found["uuid"] else datetime.fromisoformat(found["moment"]).replace(tzinfo=UTC)
    )
    return lambda row: sign(_rank(row[column]), _rank(wanted))


def _order(text: str, known: tuple[str, ...]) -> Callable[[Row], tuple[Any, ...]]:
    columns = _names(text, known) if text else []
    return lambda row: tuple(_rank(row[column]) for column in columns)


def _rank(value: Any) -> Any:
    return (value.int & (2**64 - 1), value.int >> 64) if isinstance(value, UUID) else value


def _selected(text: str, known: tuple[str, ...], rows: list[Row]) -> tuple[list[str], list[list[Any]]]:
    gathered = GATHERED.fullmatch(text)
    if gathered is not None:
        (column,) = _names(gathered["column"], known)
        return [gathered["name"]], [[sorted(row[column] for row in rows)]]
    columns = _names(text, known)
    return columns, [[_shown(row[column]) for column in columns] for row in rows]


def _names(text: str, known: tuple[str, ...]) -> list[str]:
    names = text.split(", ")
    if not set(names) <= set(known):
        raise UnreadableQueryError("a column is not of the table")
    return names


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(ZONE).isoformat()
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value
