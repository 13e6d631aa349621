"""The demo from start to end: everything started, seven requests played, the table shown, everything ended."""

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path

import httpx

from dsar.demo.faces import Mailbox, Person, Staff
from dsar.demo.report import leave, show
from dsar.demo.scenes import SCENES, play
from dsar.demo.stack import Stack, free_port
from dsar.demo.stage import Players, Scene
from dsar.demo.world import build
from dsar.engine.opening import load_profile

# The sixth erases what the fourth takes along, so it waits for it; all others go side by side.
AFTER = {5: 3}


def run(out: Path, *, profile: str = "demo", keep: bool = False) -> int:
    """Play everything; 0 when each expectation held."""
    began = time.perf_counter()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    # As root the services run as another account, which must get through every folder above theirs.
    base = "/var/tmp" if os.geteuid() == 0 else None  # noqa: S108 - mkdtemp makes a folder that nobody can foresee
    folder = Path(tempfile.mkdtemp(prefix="dsar-demo-", dir=base))
    folder.chmod(0o711)
    stack = Stack(folder / "data", port=free_port(), profile=profile, log=_say)
    try:
        _say("Starting Postgres and Valkey …")
        stack.start_services()
        stack.start_parts()
        _say(f"Both are up after {time.perf_counter() - began:.1f} s; building the sample world …")
        scenes = asyncio.run(_play(stack, out))
    finally:
        stack.stop()
        if keep:
            _say(f"The data folder is kept: {stack.data_dir}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    seconds = time.perf_counter() - began
    leave(out, scenes, seconds=seconds)
    show(scenes)
    return _verdict(scenes, out, seconds)


def _verdict(scenes: list[Scene], out: Path, seconds: float) -> int:
    failed = [scene for scene in scenes if scene.failures]
    for scene in failed:
        for failure in scene.failures:
            print(f"FAILED  {scene.title}: {failure}")
    print(
        f"{len(scenes) - len(failed)} of {len(scenes)} requests as expected, {seconds:.1f} s. Look into {out}/"
    )
    return 1 if failed else 0


def _say(text: str) -> None:
    print(text, flush=True)


async def _play(stack: Stack, out: Path) -> list[Scene]:
    watching = asyncio.create_task(stack.watch())
    try:
        await stack.wait_until_ready()
        world = await build(stack, out)
        try:
            async with httpx.AsyncClient(base_url=stack.url, timeout=30) as client:
                mailbox = Mailbox(stack.settings.local_outbox)
                person, staff = Person(client, mailbox), Staff(client, world.staff_key)
                profile = load_profile(stack.settings.profile).profile
                stage = Players(client, mailbox, person, staff, world, profile)
                return await _all(stage)
        finally:
            await world.stop()
    finally:
        watching.cancel()


async def _all(stage: Players) -> list[Scene]:
    tasks: dict[int, asyncio.Task[Scene]] = {}

    async def one(number: int) -> Scene:
        if number in AFTER:
            await tasks[AFTER[number]]
        scene = await play(stage, number)
        _say(f"  {scene.title}: {'as expected' if not scene.failures else 'FAILED'} ({scene.seconds:.2f} s)")
        for line in scene.story:
            _say(f"    {line}")
        return scene

    for number in range(len(SCENES)):
        tasks[number] = asyncio.create_task(one(number))
    return list(await asyncio.gather(*tasks.values()))
