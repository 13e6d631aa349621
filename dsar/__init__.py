"""Answers data-subject requests for companies that sell telephone and voice-AI services."""

__version__ = "0.1.0"
