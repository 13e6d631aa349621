"""A SQLite file, by aiosqlite."""
