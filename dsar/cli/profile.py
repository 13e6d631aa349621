"""`dsar profile check FILE`: read a company's profile and name what cannot be used."""

import argparse

from dsar.engine.service import load_profile


def arguments(command: argparse.ArgumentParser) -> None:
    """`check FILE`."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="Validate a profile.")
    check.add_argument("file", help="a .toml file, or the name of a shipped profile")


def run(given: argparse.Namespace) -> int:
    """0 when the profile can be used."""
    profile = load_profile(given.file).profile
    print(
        f"{profile.key}: {profile.operator.name}, {profile.regime}, {len(profile.categories)} categories: can be used"
    )
    if profile.operator.authority is None:
        print("operator.authority: not set; letters then name none (GDPR 13(2)(d))")
    return 0
