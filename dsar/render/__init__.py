"""Jinja2 over `templates/` in the languages of `translations/`: letters, pages, the bundle's page. All is escaped."""

from dsar.render.catalogue import NoCatalogueError, msgid
from dsar.render.letters import Drafted, Letter, Letters, blocks
from dsar.render.reading import language_name
from dsar.render.templates import Templates

__all__ = [
    "Drafted",
    "Letter",
    "Letters",
    "NoCatalogueError",
    "Templates",
    "blocks",
    "language_name",
    "msgid",
]
