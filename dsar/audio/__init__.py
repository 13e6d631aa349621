"""Recordings: read, muted and written block by block."""
