"""Jinja2 over `templates/`: letters, pages and the bundle's own page. Everything is escaped."""

from dsar.render.letters import Letter, Letters
from dsar.render.templates import Templates

__all__ = ["Letter", "Letters", "Templates"]
