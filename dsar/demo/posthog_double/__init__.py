"""The parts of the PostHog double: its people, its queries, its checks, its mischief and its server."""
