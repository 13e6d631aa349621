"""`dsar connector`: what is installed, what is configured and how it stands, and how to begin one of your own."""

import argparse
import asyncio
from pathlib import Path

from dsar import settings as settings_


def arguments(command: argparse.ArgumentParser) -> None:
    """`list`, `settings`, `add`, `check`, `lock`, `new`."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="List the installed connectors.")
    form = actions.add_parser("settings", help="Say what a connector's settings are.")
    form.add_argument("key", help="the connector, as `list` names it")
    form.add_argument("--json", action="store_true", help="print the form and its JSON Schema for machines")
    add = actions.add_parser(
        "add", help="Add a system, or change it, from a TOML or JSON file; it is probed first."
    )
    add.add_argument("key", help="its name in this installation, for example crm")
    add.add_argument("file", type=Path)
    about = "Probe one system, or all; say what each covers, and which field nobody has decided."
    ends = "Ends with 0 when all is well, with 1 when a probe failed, with 3 when a field is not as decided."
    check = actions.add_parser("check", help=about, description=f"{about} {ends}")
    check.add_argument("key", nargs="?")
    about = "Write down what becomes of each field of the system that a file describes, beside the file."
    ends = "With --check it changes nothing, and ends with 3 when a field is not as decided."
    lock = actions.add_parser("lock", help=about, description=f"{about} {ends}")
    lock.add_argument("file", type=Path)
    lock.add_argument("--check", action="store_true", help="compare only, for your own CI")
    new = actions.add_parser("new", help="Write a package that is a connector, with tests that pass.")
    new.add_argument("name", help="lower-case letters, digits and _, for example acme")
    new.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="where (default: here)")


def run(given: argparse.Namespace) -> int:
    """Carry out the action; each imports what it needs."""
    match given.action:
        case "list":
            return _list()
        case "settings":
            from dsar.cli.connector_settings import settings_form

            return settings_form(given.key, as_json=given.json)
        case "new":
            from dsar.cli.connector_new import new

            return new(given.name, given.into)
        case "lock":
            from dsar.cli.connector_lock import lock

            return asyncio.run(lock(settings_.load(), given.file, only_check=given.check))
    return _configured(given)


def _configured(given: argparse.Namespace) -> int:
    """What needs the service's own database."""
    settings = settings_.load()
    settings_.require(settings, "database_url", "operator_key")
    if given.action == "add":
        from dsar.cli.connector_add import add

        asyncio.run(add(settings, given.key, given.file))
        return 0
    from dsar.cli.connector_check import check

    return asyncio.run(check(settings, given.key))


def _list() -> int:
    from dsar.outbound import installed

    for key, connector in sorted(installed().items()):
        manifest = connector.manifest
        orders = ", ".join(sorted(manifest.orders)) or "none"
        print(f"{key}: {manifest.title}; finds by {', '.join(sorted(manifest.finds_by))}; orders: {orders}")
    return 0
