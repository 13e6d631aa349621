"""Answers in XML, read into elements without their namespace. A document type is refused: S3 sends none."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from dsar.contract import Unreachable


class Garbage(Unreachable):
    """An answer that is none."""


def read(body: bytes, root: str, call: str) -> Element:
    """The root element, which has to be the one expected; some stores name it after the call instead."""
    element = _parsed(body)
    if element is None or element.tag not in {root, f"{call.removeprefix('s3:')}Response"}:
        raise Garbage(f"S3 {call}: the answer is broken; it is tried again")
    return element


def code_of(body: bytes) -> str | None:
    """The code of an error's answer; None where it is no S3 error."""
    element = _parsed(body)
    return element.findtext("Code") if element is not None and element.tag == "Error" else None


def text(element: Element, name: str) -> str:
    """The text of a child, empty if there is none."""
    return element.findtext(name) or ""


def each(element: Element, *names: str) -> Iterator[Element]:
    """The children of these names, in the document's order."""
    return (child for child in element if child.tag in names)


def _parsed(body: bytes) -> Element | None:
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = lambda tag, _: builder.start(_local(tag), {})
    parser.EndElementHandler = lambda tag: builder.end(_local(tag))
    parser.CharacterDataHandler = builder.data
    # Entities are declared in a document type only: without one nothing expands.
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(body, True)
        return builder.close()
    except (expat.ExpatError, ValueError, AssertionError):
        return None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _refuse(*_: object) -> None:
    raise ValueError
