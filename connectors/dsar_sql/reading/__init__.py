"""What is asked of a database: who is in it, their rows, and which rows a scope reaches."""
