"""Letters: each of one kind, in plain text and HTML, from `templates/letters/<kind>.txt` and `layout.html`."""

import re
from typing import Any

from msgspec import Struct

from dsar.render.templates import Templates


class Letter(Struct, frozen=True):
    """A letter as it is sent and kept."""

    subject: str
    text: str
    html: str


class Drafted(Struct, frozen=True):
    """A letter that is written and not kept yet, and how the case ends that it tells of."""

    kind: str
    outcome: str
    letter: Letter


class Block(Struct, frozen=True):
    """A paragraph by its lines, or a list by its items; the lines before a list are its heading."""

    lines: list[str]
    items: list[str]


class Letters:
    """Writes letters. A template's first line is its subject; the rest are paragraphs and `- ` lists.

    `language` and `case` are facts of every letter: the one chooses the words, the other by its regime the law.
    """

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def write(self, kind: str, **facts: Any) -> Letter:
        """Write one letter."""
        written = self._templates.render(f"letters/{kind}.txt", **facts | self._more(facts)).strip()
        subject, _, body = written.partition("\n")
        text = re.sub(r"[ \t]*\n(?:[ \t]*\n)+", "\n\n", body.strip()) + "\n"
        html = self._templates.render("letters/layout.html", subject=subject, blocks=blocks(text), **facts)
        return Letter(subject.strip(), text, html)

    def short(self, kind: str, **facts: Any) -> str:
        """The same in a text message, from `templates/letters/<kind>.sms.txt`."""
        text = self._templates.render(f"letters/{kind}.sms.txt", **facts | self._more(facts))
        return " ".join(text.split())

    def _more(self, facts: dict[str, Any]) -> dict[str, Any]:
        """How to reach whoever answers, and how to speak of the law that counts for the case.

        `on_behalf` is the business in whose name a letter is written, or None: it is reached at its own address.
        """
        operator, business = facts["operator"], facts.get("on_behalf")
        contact = (business and business.contact) or operator.contact or operator.telephone or operator.name
        law = self._templates.law(facts["case"].regime, facts["language"])
        return {"contact": contact, "on_behalf": business, **law}


def blocks(text: str) -> list[Block]:
    """Paragraphs and lists, for the HTML to be the same letter as the text."""
    return [_block(part) for part in text.strip().split("\n\n")]


def _block(part: str) -> Block:
    lines = [line.strip() for line in part.splitlines() if line.strip()]
    return Block(
        [line for line in lines if not line.startswith("- ")],
        [line.removeprefix("- ") for line in lines if line.startswith("- ")],
    )
