"""The kit that every connector passes: written for connector authors, used on our own."""
