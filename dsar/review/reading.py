"""Files that hold records, read: JSON as an array or line by line, and CSV with a heading."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from dsar.domain.errors import FieldError, InvalidInput
from dsar.domain.uploads import CSV

DELIMITERS = ",;\t"
DEPTH_MAX = 64
RECORDS_MAX = 200_000
_BYTE = re.compile(r"\(byte (\d+)\)")
_ITEM = re.compile(r"\$\[(\d+)\]")
_object = msgspec.json.Decoder(dict[str, Any])
_array = msgspec.json.Decoder(list[dict[str, Any]])
Rows = list[dict[str, Any]]


def records_of(media_type: str, raw: bytes) -> Rows:
    """The records; raises InvalidInput with the line and what to do. A value of the file is never repeated."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _wrong(
            "is no UTF-8 in line {line}.", "Save it as UTF-8, and send it again.", line=line
        ) from None
    rows = _limited(_of_csv(text)) if media_type == CSV else _of_json(text)
    if any(_deeper(row, DEPTH_MAX) for row in rows):
        raise _too_deep()
    if not rows:
        raise _wrong(
            "holds no record.", "Finish the task as no_match where there is nothing, or send what there is."
        )
    return rows


def _limited(rows: Iterable[dict[str, Any]]) -> Rows:
    found = list(islice(rows, RECORDS_MAX + 1))
    if len(found) > RECORDS_MAX:
        raise _wrong("holds too many records.", "Send at most {limit} in a file.", limit=RECORDS_MAX)
    return found


def _wrong(problem: str, remedy: str, **values: object) -> InvalidInput:
    return InvalidInput(FieldError("body", problem, remedy, **values))


def _too_deep() -> InvalidInput:
    return _wrong("is nested too deep.", "Send objects of at most {limit} levels.", limit=DEPTH_MAX)


def _deeper(value: Any, levels: int) -> bool:
    inner = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(inner, list):
        return False
    return levels == 0 or any(_deeper(each, levels - 1) for each in inner)


def _of_json(text: str) -> Rows:
    try:
        if text.lstrip().startswith("["):
            return _limited(_array.decode(text))
        try:
            return [_object.decode(text)]
        except msgspec.DecodeError:
            return _limited(_of_lines(text))
    except RecursionError:
        raise _too_deep() from None
    except msgspec.ValidationError as error:
        found = _ITEM.search(str(error))
        number = int(found[1]) + 1 if found else 1
        problem = "has no object as its item {number}."
        raise _wrong(problem, "Send an array of objects.", number=number) from None
    except msgspec.DecodeError as error:
        raise _malformed(text, error) from None


def _malformed(text: str, error: Exception) -> InvalidInput:
    found = _BYTE.search(str(error))
    before = text.encode()[: int(found[1])] if found else text.encode()
    line = before.count(b"\n") + 1
    return _wrong("is malformed JSON in line {line}.", "Mend that line, and send it again.", line=line)


def _of_lines(text: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _object.decode(line)
        except msgspec.DecodeError:
            problem = "has no JSON object in line {line}."
            raise _wrong(problem, "Send one object a line, or an array of objects.", line=number) from None


def _of_csv(text: str) -> Iterator[dict[str, Any]]:
    heading_line = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=heading_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    heading: list[str] | None = None
    try:
        for row in reader:
            if heading is None:
                heading = _heading(row)
            elif len(row) == len(heading):
                yield dict(zip(heading, row, strict=True))
            elif row:
                remedy = "Give each line as many fields as the first has: {fields}."
                raise _wrong(
                    "has another number of fields in line {line}.",
                    remedy,
                    line=reader.line_num,
                    fields=len(heading),
                )
    except csv.Error:
        problem = "is malformed CSV in line {line}."
        raise _wrong(problem, "Mend its quotes, and send it again.", line=reader.line_num) from None


def _heading(row: list[str]) -> list[str]:
    names = [name.strip() for name in row]
    if not all(names) or len(set(names)) < len(names):
        raise _wrong("has no heading in line 1.", "Begin with a line that names each field, once.")
    return names
