import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "stages"))

from stage_fixtures import clock, connector, office, service, sql

__all__ = ["clock", "connector", "office", "service", "sql"]
