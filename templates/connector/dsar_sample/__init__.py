"""The connector `sample`."""

from dsar_sample.connector import connector

__all__ = ["connector"]
