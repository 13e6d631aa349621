"""The company's own services, each behind a small signed protocol: find, export, orders and their status."""

from dsar_webhook.connector import connector

__all__ = ["connector"]
