"""A process that owns bundled services: says what it started, obeys one word a line, and may be killed."""

import json
import sys
from pathlib import Path

from dsar.embedded import Embedded, EmbeddedError, start


def say(**facts):
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def describe(embedded: Embedded):
    return {
        "database_url": embedded.database_url,
        "admin_url": embedded.admin_url,
        "redis_url": embedded.redis_url,
        "postgres_pid": embedded.postgres_pid,
        "valkey_pid": embedded.valkey_pid,
        "alive": embedded.alive(),
    }


def main():
    try:
        embedded = start(Path(sys.argv[1]))
    except EmbeddedError as error:
        say(error=type(error).__name__, text=str(error))
        return
    say(**describe(embedded))
    for line in sys.stdin:
        if line.strip() == "revive":
            say(revived=embedded.revive(), **describe(embedded))
        elif line.strip() == "stop":
            embedded.stop()
            say(**describe(embedded))


main()
