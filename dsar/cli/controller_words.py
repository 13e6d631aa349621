"""The words that `dsar controller` takes."""

import argparse
from typing import Any
from uuid import UUID

from dsar.domain.controllers import ALL_SCOPES
from dsar.routing.keys import DAYS, DAYS_MAX


def arguments(command: argparse.ArgumentParser) -> None:
    """`add`, `list`, `webhook`, `member`, `key`."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add(actions)
    actions.add_parser("list", help="List the controllers: id, tenant, name.")
    webhook = actions.add_parser("webhook", help="Set where a controller's webhooks go; its secret stays.")
    _of(webhook)
    webhook.add_argument("url")
    _payload(webhook)
    _member(actions)
    _key(actions)


def _add(actions: Any) -> None:
    add = actions.add_parser("add", help="Add a controller and print its key and webhook secret, once.")
    add.add_argument("name")
    add.add_argument(
        "--tenant", required=True, help="its key in the connected systems, for example an account code"
    )
    add.add_argument(
        "--number", action="append", default=[], help="a telephone number of the business; repeat it"
    )
    add.add_argument(
        "--also-known-as", action="append", default=[], metavar="NAME", help="as callers know it; repeat it"
    )
    add.add_argument(
        "--callers",
        choices=["forward", "refer"],
        help="what becomes of a caller's request; else as the profile says",
    )
    add.add_argument("--email", help="whom people and we write to: the first member of its team")
    _language(add)
    add.add_argument("--webhook", help="an https address that takes Standard Webhooks")
    _payload(add)
    add.add_argument(
        "--key-days", type=_days, default=DAYS, help="how long the key opens (default: %(default)s)"
    )


def _member(actions: Any) -> None:
    acts = _acts(actions, "member", "Add, list or remove the people of a controller.")
    add = acts.add_parser("add", help="Let somebody join.")
    _of(add)
    add.add_argument("name")
    add.add_argument("email")
    _language(add)
    _of(acts.add_parser("list", help="List id, language, e-mail and name."))
    remove = acts.add_parser("remove", help="Let somebody go: whoever is signed in is out.")
    _of(remove)
    remove.add_argument("member", type=UUID, help="as the list has it")


def _key(actions: Any) -> None:
    acts = _acts(actions, "key", "Add, list or revoke the keys of a controller.")
    add = acts.add_parser("add", help="Make a key and print it, once.")
    _of(add)
    add.add_argument("name")
    add.add_argument(
        "--scope",
        action="append",
        default=[],
        choices=[scope.value for scope in ALL_SCOPES],
        help="what it may do; repeat it (default: everything)",
    )
    add.add_argument("--days", type=_days, default=DAYS, help="how long it opens (default: %(default)s)")
    _of(acts.add_parser("list", help="List id, name, end, last use and scopes."))
    revoke = acts.add_parser("revoke", help="End a key, the last one too.")
    _of(revoke)
    revoke.add_argument("key", type=UUID, help="as the list has it")


def _acts(actions: Any, name: str, about: str) -> Any:
    return actions.add_parser(name, help=about).add_subparsers(dest="act", required=True, metavar="ACT")


def _of(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", type=UUID, help="the controller's, as `dsar controller list` has it")


def _language(command: argparse.ArgumentParser) -> None:
    command.add_argument("--language", help="in which to write; else the profile's first")


def _payload(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--payload", choices=["thin", "full"], default="thin", help="full also says who asks (default: thin)"
    )


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= DAYS_MAX:
        raise argparse.ArgumentTypeError(f"give days, from 1 to {DAYS_MAX}")
    return days
