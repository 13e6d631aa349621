"""The double's own strict check of each request, without a contract file: path, parameters, body."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from dsar.demo.exchange import Call

IDS_MAX = 1_000
PAGING = frozenset({"limit", "offset"})
STATUSES = frozenset({"pending", "completed", "all"})


class BulkDelete(Struct, forbid_unknown_fields=True):
    """The body of `bulk_delete`."""

    ids: list[str] = []
    distinct_ids: list[str] = []
    delete_events: bool = False
    delete_recordings: bool = False
    keep_person: bool = False


class HogQLQuery(Struct, forbid_unknown_fields=True):
    """The one kind of query that the double knows."""

    kind: str
    query: str


class QueryBody(Struct, forbid_unknown_fields=True):
    """The body of `query`."""

    query: HogQLQuery
    refresh: str = "blocking"


class Operation(Struct, frozen=True):
    """What one path takes."""

    method: str
    params: frozenset[str] = frozenset()
    body: type[Struct] | None = None


OPERATIONS = {
    "persons/": Operation("GET", PAGING | {"email", "distinct_id", "search"}),
    "persons/bulk_delete/": Operation("POST", body=BulkDelete),
    "persons/deletion_status/": Operation("GET", PAGING | {"person_uuid", "status"}),
    "query/": Operation("POST", body=QueryBody),
}


def flaws(call: Call, tail: str) -> Iterator[str]:
    """What is wrong with the request, in words without its values."""
    operation = OPERATIONS.get(tail)
    if operation is None or operation.method != call.method:
        yield f"{call.method} {tail}: no such operation"
        return
    for flaw in (*_param_flaws(call, operation), *_body_flaws(call, operation)):
        yield f"{call.method} {tail}: {flaw}"


def _param_flaws(call: Call, operation: Operation) -> Iterator[str]:
    names = [name for name, _ in call.query]
    for name in sorted(set(names)):
        if name not in operation.params:
            yield f"unknown parameter {name}"
        if names.count(name) > 1:
            yield f"parameter {name} given twice"
        if name in PAGING and not (call.param(name).isascii() and call.param(name).isdigit()):
            yield f"parameter {name} is not a number"
    if "status" in names and call.param("status") not in STATUSES:
        yield "parameter status is none of its values"


def _body_flaws(call: Call, operation: Operation) -> Iterator[str]:
    if operation.body is None:
        if call.body:
            yield "a body where none is taken"
        return
    if call.headers.get("content-type", "").partition(";")[0] != "application/json":
        yield "the body is not announced as JSON"
    try:
        body: Any = msgspec.json.decode(call.body, type=operation.body)
    except msgspec.DecodeError as error:
        yield f"the body does not fit ({type(error).__name__})"
        return
    if isinstance(body, BulkDelete) and bool(body.ids) == bool(body.distinct_ids):
        yield "give either ids or distinct_ids"
    if isinstance(body, BulkDelete) and max(len(body.ids), len(body.distinct_ids)) > IDS_MAX:
        yield f"more than {IDS_MAX} ids"
    if isinstance(body, QueryBody) and body.query.kind != "HogQLQuery":
        yield "the kind of query is not known"
