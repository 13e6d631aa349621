from stage_fixtures import clock, connector, office, service, sql

__all__ = ["clock", "connector", "office", "service", "sql"]
