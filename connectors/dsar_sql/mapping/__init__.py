"""What the operator declares: tables, whose rows they hold, and what becomes of them. No database is asked here."""
