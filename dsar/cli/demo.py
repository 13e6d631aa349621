"""`dsar demo`: the main job on sample systems; ends by itself."""

import argparse
from pathlib import Path

from dsar.demo.main import run as play


def arguments(command: argparse.ArgumentParser) -> None:
    """Where to leave what was made."""
    command.add_argument(
        "--out", type=Path, default=Path("demo-out"), help="the folder to leave bundles and letters in"
    )
    command.add_argument("--profile", default="demo", help="a shipped profile, or a .toml file")
    command.add_argument("--keep", action="store_true", help="keep the data folder, to look into it")


def run(given: argparse.Namespace) -> int:
    """Play."""
    return play(given.out, profile=given.profile, keep=given.keep)
