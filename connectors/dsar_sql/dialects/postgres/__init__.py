"""Postgres, by asyncpg."""
