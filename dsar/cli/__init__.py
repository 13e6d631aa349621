"""The command `dsar`: each subcommand in a module of its own, imported only when it is called."""

from dsar.cli.main import main

__all__ = ["main"]
