"""The operations themselves: a checked call in, PostHog's answer out."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from dsar.demo.exchange import Answer, Call, answer, problem
from dsar.demo.posthog_double import hogql
from dsar.demo.posthog_double.checks import BulkDelete, QueryBody
from dsar.demo.posthog_double.project import Deletion, Person, Project

PAGE_DEFAULT = 100


class Operations:
    """The operations on one project, with the query cache that a fresh query must get around."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._cache: dict[str, dict[str, Any]] = {}
        self._table: dict[str, Callable[[Call, datetime], Answer]] = {
            "persons/": self._list,
            "persons/bulk_delete/": self._bulk_delete,
            "persons/deletion_status/": self._deletion_status,
            "query/": self._query,
        }

    def run(self, tail: str, call: Call, now: datetime) -> Answer:
        return self._table[tail](call, now)

    def _list(self, call: Call, _now: datetime) -> Answer:
        persons = [person for person in self._project.persons.values() if _fits(person, call)]
        persons.sort(key=lambda person: (person.created_at, person.uuid), reverse=True)
        return _page(call, [_person(person) for person in persons])

    def _bulk_delete(self, call: Call, now: datetime) -> Answer:
        body = msgspec.json.decode(call.body, type=BulkDelete)
        uuids = {UUID(uuid) for uuid in body.ids} | self._named(body.distinct_ids)
        found = self._project.delete(uuids, now, with_events=body.delete_events)
        return answer(
            202,
            {
                "persons_found": found,
                "persons_deleted": found,
                "events_queued_for_deletion": body.delete_events and found > 0,
                "recordings_queued_for_deletion": body.delete_recordings and found > 0,
                "deletion_errors": [],
            },
        )

    def _deletion_status(self, call: Call, _now: datetime) -> Answer:
        wanted = call.param("person_uuid")
        rows = [row for row in reversed(self._project.deletions) if wanted in {"", str(row.person_uuid)}]
        if call.param("status", "all") != "all":
            completed = call.param("status") == "completed"
            rows = [row for row in rows if (row.delete_verified_at is not None) == completed]
        return _page(call, [_deletion(row) for row in rows])

    def _query(self, call: Call, _now: datetime) -> Answer:
        body = msgspec.json.decode(call.body, type=QueryBody)
        text = body.query.query
        if body.refresh == "force_blocking" or text not in self._cache:
            try:
                self._cache[text] = hogql.run(text, self._project)
            except ValueError as error:
                return problem(400, "validation_error", str(error))
        return answer(200, self._cache[text])

    def _named(self, distinct_ids: Iterable[str]) -> set[UUID]:
        wanted = set(distinct_ids)
        return {one.uuid for one in self._project.persons.values() if wanted & set(one.distinct_ids)}


def _fits(person: Person, call: Call) -> bool:
    email, distinct_id, search = call.param("email"), call.param("distinct_id"), call.param("search")
    names = [str(person.properties.get(name, "")) for name in ("email", "name")]
    return (
        (not email or person.properties.get("email") == email)
        and (not distinct_id or distinct_id in person.distinct_ids)
        and any(search.lower() in text.lower() for text in (*names, str(person.uuid), *person.distinct_ids))
    )


def _person(person: Person) -> dict[str, Any]:
    name = person.properties.get("email") or person.distinct_ids[0]
    return {**msgspec.to_builtins(person), "name": name, "last_seen_at": None}


def _deletion(row: Deletion) -> dict[str, Any]:
    return {**msgspec.to_builtins(row), "status": "completed" if row.delete_verified_at else "pending"}


def _page(call: Call, rows: list[dict[str, Any]]) -> Answer:
    limit, offset = call.number("limit", PAGE_DEFAULT), call.number("offset", 0)
    following = _link(call, offset + limit) if len(rows) > offset + limit else None
    previous = _link(call, max(offset - limit, 0)) if offset else None
    payload = {"count": len(rows), "next": following, "previous": previous}
    return answer(200, {**payload, "results": rows[offset : offset + limit]})


def _link(call: Call, offset: int) -> str:
    return f"{call.origin}{call.path}?{urlencode({**dict(call.query), 'offset': str(offset)})}"
