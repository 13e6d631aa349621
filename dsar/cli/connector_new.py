"""`dsar connector new`: a package of one's own to begin with, which passes the kit as it is written."""

import keyword
import re
from pathlib import Path

from dsar.outbound import BadSystem, installed
from dsar.store import shipped

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
NAME_LENGTH_MAX = 40
# The templates are a package that works; only its name is another.
WORDS = ("sample", "Sample")


def new(name: str, into: Path) -> int:
    """Write the package; what is there already is left alone."""
    _check(name)
    folder = into / f"dsar-{name.replace('_', '-')}"
    if folder.exists():
        raise BadSystem(f"{folder}: is there already; choose another name, or another folder with --into")
    source = shipped("templates") / "connector"
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if path.is_file() and not _is_left_by_tools(inside):
            target = folder / _named(inside.as_posix(), name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_named(path.read_text(encoding="utf-8"), name), encoding="utf-8")
    print(f"{folder}: written")
    print(f"  cd {folder} && pip install -e '.[dev]' && pytest")
    return 0


def _is_left_by_tools(path: Path) -> bool:
    return any(part.startswith((".", "__pycache__")) for part in path.parts)


def _check(name: str) -> None:
    if not NAME.match(name) or len(name) > NAME_LENGTH_MAX or keyword.iskeyword(name):
        raise BadSystem(
            f"name: use lower-case letters, digits and single _ between them, at most {NAME_LENGTH_MAX}"
        )
    if name in installed():
        raise BadSystem(f"name: a connector {name!r} is installed; choose another")


def _named(text: str, name: str) -> str:
    lower, upper = WORDS
    capitals = "".join(part.capitalize() for part in name.split("_"))
    # A distribution has hyphens where a package has underscores.
    text = text.replace(f"dsar-{lower}", f"dsar-{name.replace('_', '-')}")
    return text.replace(lower, name).replace(upper, capitals)
