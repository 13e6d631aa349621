"""Objects that an index names: another object, which lists keys with whom they are of."""

import csv
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from dsar.contract import Ref, Refused
from dsar_s3 import listing, reading
from dsar_s3.api import Api
from dsar_s3.entries import Entry, row_entry
from dsar_s3.fault import Absent
from dsar_s3.persons import Person, said
from dsar_s3.places import Index, Place
from dsar_s3.sources import Holder, Tenants
from dsar_s3.template import template

LINE_BYTES_MAX = 1_048_576
KEYS_MAX = 100_000  # of one person's
FOLDER_PAGES_MAX = 1_000

Row = dict[str, str]


class ByIndex:
    """Searched by reading the index whole, line by line: it is not sorted by anybody."""

    def __init__(self, api: Api, place: Place, index: Index) -> None:
        self._api = api
        self.place = place
        self.index = index
        self._template = template(index.object)

    async def entries(self, person: Person, tenants: Tenants) -> AsyncIterator[Entry]:
        for key, row in (await self.rows(person, tenants)).items():
            there = False
            async for entry in listing.everything(self._api, self.place.bucket, key, exactly=True):
                there = True
                yield msgspec.structs.replace(entry, row=row)
            if not there:
                yield row_entry(self.place.bucket, key, row)

    async def holders(self, persons: Sequence[Person]) -> AsyncIterator[Holder]:
        if not self.place.knows_tenants:
            return
        async for tenant, row in self._all(None):
            for person in persons:
                if tenant and self._is_of(row, person):
                    yield Holder(tenant, person, self.key_of(row))

    async def everyone(self) -> AsyncIterator[tuple[str | None, Ref]]:
        async for tenant, row in self._all(None):
            if self.place.knows_tenants and not tenant:
                continue  # found in no scope
            for kind, field in sorted(self.index.identities.items()):
                if (value := said(kind, row.get(field, ""))) is not None:
                    yield tenant, Ref(kind, value)

    async def probe(self) -> None:
        """Read the first row, so that an index of another form is told."""
        async for _, row in self._all(None):
            if missing := self._named_fields - row.keys():
                raise Refused(
                    f"s3: the index lacks what the settings name ({len(missing)} fields); correct index"
                )
            return

    @property
    def _named_fields(self) -> set[str]:
        tenant = {self.index.tenant} if self.index.tenant else set()
        return {*self.index.identities.values(), *tenant} if self.index.format == "csv" else tenant

    async def owns(self, key: str, version: str, tenants: Tenants) -> bool:  # noqa: ARG002 - a row is of all versions
        async for tenant, row in self._all(tenants):
            if tenant in tenants and self.key_of(row) == key:
                return True
        return False

    async def rows(self, person: Person, tenants: Tenants) -> dict[str, Row]:
        """The person's rows by the key that they name."""
        found: dict[str, Row] = {}
        async for tenant, row in self._all(tenants):
            if tenant in tenants and self._is_of(row, person):
                found[self.key_of(row)] = row
                if len(found) > KEYS_MAX:
                    raise Refused(f"s3: the index names over {KEYS_MAX} objects of one person; do it by hand")
        return found

    def key_of(self, row: Row) -> str:
        """The object's key."""
        return self.place.prefix + row[self.index.key]

    def of_person(self, person: Person, tenant: str | None) -> Callable[[Row], bool]:
        """Whether a row of an index object is this person's, of this customer's."""
        return lambda row: self._tenant(row, tenant) == tenant and self._is_of(row, person)

    async def objects(self, tenants: Tenants | None) -> list[tuple[str | None, str]]:
        """The index objects of these customers, or of all: each with the customer that its own key names."""
        if "tenant" not in self._template.names:
            return [(None, self.index.object)]
        if tenants is not None:
            named = [
                (tenant, self._template.prefix({"tenant": str(tenant)}))
                for tenant in sorted(tenants, key=str)
            ]
            return [(tenant, key) for tenant, key in named if self._template.read(key) == {"tenant": tenant}]
        found: dict[str, str] = {}
        async for entry in listing.versions(self._api, self.place.bucket, self._template.head):
            if (read := self._template.read(entry.key)) and entry.latest:
                found[entry.key] = read["tenant"]
        return [(tenant, key) for key, tenant in sorted(found.items())]

    async def _all(self, tenants: Tenants | None) -> AsyncIterator[tuple[str | None, Row]]:
        for tenant, key in await self.objects(tenants):
            async for row in self._read(key):
                yield self._tenant(row, tenant), row

    def _tenant(self, row: Row, of_object: str | None) -> str | None:
        return row.get(self.index.tenant, "") if self.index.tenant else of_object

    def _is_of(self, row: Row, person: Person) -> bool:
        field = self.index.identities.get(person.kind)
        return field is not None and person.is_said_by(row.get(field, ""))

    async def _read(self, key: str) -> AsyncIterator[Row]:
        try:
            async with aclosing(reading.current(self._api, self.place.bucket, key)) as pieces:
                async for _, row in read(lines(pieces), self.index):
                    if row is not None:
                        yield row
        except Absent:
            if "tenant" not in self._template.names:
                raise  # the one that the settings name
            return  # a customer that has none holds nobody


async def lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Whole lines, with their ends, whatever the pieces are."""
    rest = b""
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(rest) > LINE_BYTES_MAX:
            raise Refused("s3: the index has a line of over a mebibyte; is index.format right?")
    if rest:
        yield rest


async def read(given: AsyncIterator[bytes], index: Index) -> AsyncIterator[tuple[bytes, Row | None]]:
    """Each line as it is stored, with its row; None for an empty line and for the row of names.

    A line that cannot be read is never passed over: it may be the person's.
    """
    names: list[str] | None = None
    number = 0
    async for line in given:
        number += 1
        if not line.strip():
            yield line, None
        elif index.format == "jsonl":
            yield line, _checked(_json(line, number), index, number)
        elif names is None:
            names = _cells(line.removeprefix(b"\xef\xbb\xbf"), number)
            if len(set(names)) < len(names):
                raise Refused("s3: the index's row of names has one twice; give each field a name of its own")
            yield line, None
        else:
            yield line, _checked(_named(names, _cells(line, number), number), index, number)


def _json(line: bytes, number: int) -> Mapping[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(f"s3: line {number} of the index is no JSON object; mend the line") from None


def _cells(line: bytes, number: int) -> list[str]:
    try:
        return next(csv.reader([line.decode("utf-8").rstrip("\r\n")], strict=True))
    except (csv.Error, UnicodeDecodeError):
        raise Refused(f"s3: line {number} of the index is no CSV in UTF-8; mend the line") from None


def _named(names: list[str], cells: list[str], number: int) -> Mapping[str, Any]:
    """By a cell too many or too few, such as a comma without quotes, what follows would be taken for another field."""
    if len(cells) != len(names):
        raise Refused(
            f"s3: line {number} of the index has {len(cells)} fields, not {len(names)}; mend the line"
        )
    return dict(zip(names, cells, strict=True))


def _checked(row: Mapping[str, Any], index: Index, number: int) -> Row:
    texts = {name: value if isinstance(value, str) else _said(value) for name, value in row.items()}
    if not texts.get(index.key):
        raise Refused(f"s3: line {number} of the index names no key; is index.key right?")
    return texts


def _said(value: Any) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()
