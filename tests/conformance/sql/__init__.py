"""The postgres connector against a real Postgres: the sample CRM and billing, and a database of two tenants."""
