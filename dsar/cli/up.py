"""`dsar up`: everything on this machine, in one process tree, until interrupted."""

import argparse
import asyncio
import shlex
import signal
from pathlib import Path

from dsar.demo.stack import Stack
from dsar.demo.world import World, build
from dsar.embedded import default_data_dir


def arguments(command: argparse.ArgumentParser) -> None:
    """Where, on which port, and whether with the sample world."""
    command.add_argument("--data", type=Path, default=None, help="the data folder")
    command.add_argument("--port", type=int, default=8321)
    command.add_argument("--profile", default="demo", help="a shipped profile, or a .toml file")
    command.add_argument(
        "--world", action="store_true", help="with the sample systems and people of the demo"
    )


def run(given: argparse.Namespace) -> int:
    """Run until interrupted."""
    # A shell starts what runs in the background with SIGINT ignored; SIGTERM, which takes its way, would be lost.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # SIGTERM ends it like Ctrl-C does, also while the services are still starting.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    stack = Stack(given.data or default_data_dir(), port=given.port, profile=given.profile)
    try:
        print("Starting Postgres and Valkey …", flush=True)
        stack.start_services()
        stack.start_parts()
        asyncio.run(_until_told(stack, with_world=given.world))
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        stack.stop()
    return 0


async def _until_told(stack: Stack, *, with_world: bool) -> None:
    await stack.wait_until_ready()
    world = await build(stack) if with_world else None
    _tell(stack, world)
    try:
        await stack.watch()
    finally:
        if world is not None:
            await world.stop()


def _tell(stack: Stack, world: World | None) -> None:
    print(f"\n  The form            {stack.url}/")
    print(f"  Mail and SMS sent   {stack.url}/outbox")
    print(f"  The API             {stack.url}/openapi.json")
    print(f"  Data folder         {stack.data_dir}")
    print(
        f"  Operator's key      {stack.data_dir / 'service' / 'operator.key'}   (back it up: it opens everything)"
    )
    print(
        f"  Other commands      . {shlex.quote(str(stack.environment_file))}   (then dsar connector check, …)"
    )
    if world is not None:
        print(f"\n  Staff's key         {world.staff_key}")
        for business in world.businesses:
            print(f"  {business.name}'s key".ljust(34) + business.key)
        print(
            "\n  People to try: petra.prospekti@example.com, tomi.tilaaja@example.com, +358401234567 (a caller)"
        )
    else:
        print("\n  Add staff:   dsar staff add NAME      Add a system:   dsar connector add KEY FILE")
    print("\nCtrl-C ends it.", flush=True)
