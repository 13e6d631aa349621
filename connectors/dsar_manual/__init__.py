"""A system that a person works: every question and order becomes that person's task, with its instruction."""

from dsar_manual.connector import connector

__all__ = ["connector"]
