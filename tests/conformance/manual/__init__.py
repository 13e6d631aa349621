"""The connector `manual`: every call is a person's task."""
