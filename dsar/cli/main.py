"""Reads the command line and calls the subcommand's module."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from dsar import __version__

# name -> (module below dsar.cli, what it does); a test holds docs/cli.md complete
COMMANDS = {
    "up": ("up", "Run everything on this machine: Postgres, Valkey, the pages and a worker."),
    "demo": ("demo", "Play the main job on sample systems, then end."),
    "serve": ("serve", "Serve the pages and the APIs."),
    "work": ("work", "Run one worker."),
    "migrate": ("migrate", "Bring the database up to date."),
    "audit": ("audit", "Verify the cases' histories."),
    "staff": ("staff", "Add a staff member, with a key."),
    "controller": ("controller", "Add customer-controllers; set their webhooks, people and keys."),
    "connector": ("connector", "List the connectors, add a system, check it; begin your own."),
    "erase-again": ("erase_again", "After a restored backup, erase once more whoever was erased since."),
    "clock": ("clock", "Explain a due date."),
    "profile": ("profile", "Check a company's profile."),
    "openapi": ("openapi", "Print the API's description."),
}


def parser(chosen: str | None) -> argparse.ArgumentParser:
    """The command line; only the chosen command's module is imported, so that each starts fast."""
    top = argparse.ArgumentParser(
        prog="dsar", description="Answers data-subject requests, from intake to evidence."
    )
    top.add_argument("--version", action="version", version=f"dsar {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, about) in COMMANDS.items():
        command = commands.add_parser(name, help=about, description=about)
        if name == chosen:
            import_module(f"dsar.cli.{module}").arguments(command)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code. What the user can mend is one line on stderr, without a trace."""
    words = list(sys.argv[1:] if argv is None else argv)
    chosen = next((word for word in words if not word.startswith("-")), None)
    given = parser(chosen).parse_args(words)
    command = import_module(f"dsar.cli.{COMMANDS[given.command][0]}")
    try:
        code = int(command.run(given))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `dsar … | head`: whoever read has enough. What is still held back would fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        from dsar.cli.faults import USERS_OWN  # imports every room: not before it is needed

        if not isinstance(error, USERS_OWN):
            raise
        print(f"dsar {given.command}: {error}", file=sys.stderr)
        return 2
    return code
