"""`dsar openapi`: print the API's description, from a running service."""

import argparse

import httpx

from dsar import settings as settings_


def arguments(command: argparse.ArgumentParser) -> None:
    """None."""
    command.epilog = "It asks the service at DSAR_PUBLIC_URL."


def run(_: argparse.Namespace) -> int:
    """Print."""
    url = settings_.load().public_url
    try:
        print(httpx.get(f"{url}/openapi.json", timeout=10).raise_for_status().text)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise settings_.SettingsError(
            f"DSAR_PUBLIC_URL: {url} does not answer ({type(error).__name__}); start `dsar serve`, or set its address"
        ) from error
    return 0
