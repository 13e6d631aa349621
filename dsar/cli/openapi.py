"""`dsar openapi`: print the API's description, from a running service."""

import argparse

import httpx

from dsar import settings as settings_


def arguments(command: argparse.ArgumentParser) -> None:
    """None."""
    command.epilog = "It asks the service at DSAR_PUBLIC_URL."


def run(_: argparse.Namespace) -> int:
    """Print."""
    print(httpx.get(f"{settings_.load().public_url}/openapi.json", timeout=10).raise_for_status().text)
    return 0
