"""PostHog: finds, exports and erases the operator's own product-analytics persons and their events."""

from dsar_posthog.connector import connector

__all__ = ["connector"]
