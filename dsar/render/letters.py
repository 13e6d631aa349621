"""Letters: each of one kind, in plain text and HTML, from `templates/letters/<kind>.txt` and `layout.html`."""

from typing import Any

from msgspec import Struct

from dsar.render.templates import Templates


class Letter(Struct, frozen=True):
    """A letter as it is sent and kept."""

    subject: str
    text: str
    html: str


class Letters:
    """Writes letters. A template's first line is its subject; the rest are paragraphs and `- ` lists."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def write(self, kind: str, **facts: Any) -> Letter:
        """Write one letter."""
        written = self._templates.render(f"letters/{kind}.txt", **facts).strip()
        subject, _, body = written.partition("\n")
        text = body.strip() + "\n"
        html = self._templates.render("letters/layout.html", subject=subject, blocks=blocks(text), **facts)
        return Letter(subject.strip(), text, html)

    def short(self, kind: str, **facts: Any) -> str:
        """The same in a text message, from `templates/letters/<kind>.sms.txt`."""
        return " ".join(self._templates.render(f"letters/{kind}.sms.txt", **facts).split())


def blocks(text: str) -> list[dict[str, Any]]:
    """Paragraphs and lists, for the HTML to be the same letter as the text."""
    blocks: list[dict[str, Any]] = []
    for part in text.strip().split("\n\n"):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        head = [line for line in lines if not line.startswith("- ")]
        items = [line[2:] for line in lines if line.startswith("- ")]
        if head:
            blocks.append({"text": " ".join(head), "items": []})
        if items:
            blocks.append({"text": "", "items": items})
    return blocks
