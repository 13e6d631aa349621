"""The connector `webhook` against the reference server of the docs, as a process of its own."""
