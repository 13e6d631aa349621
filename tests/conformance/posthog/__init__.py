"""The PostHog connector against a double that is held to the vendor's contract."""
