"""The demo's table, on the screen and in `report.json`, and what it leaves to look at."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from dsar.demo.stage import Scene

COLUMNS = ("request", "right", "role", "route", "systems", "records", "due", "outcome", "seconds")


def table(scenes: Sequence[Scene]) -> Table:
    """One line a request."""
    shown = Table(title="The main job, played through the public faces", show_lines=True)
    for column in COLUMNS:
        shown.add_column(column, justify="right" if column in {"records", "seconds"} else "left")
    for scene in scenes:
        due = f"{scene.due_date}\n({scene.rule})"
        end = scene.outcome if not scene.failures else "FAILED: " + "; ".join(scene.failures)
        shown.add_row(
            scene.title, scene.right, scene.role, scene.route, scene.systems, str(scene.records), due, end,
            f"{scene.seconds:.2f}",
        )  # fmt: skip
    return shown


def show(scenes: Sequence[Scene]) -> None:
    """Print the table, wide enough to read where the output is no terminal."""
    console = Console()
    Console(width=max(console.width, 150)).print(table(scenes))


def leave(out: Path, scenes: Sequence[Scene], *, seconds: float) -> None:
    """Archives unpacked as the person would open them, letters, and the table as JSON."""
    for scene in scenes:
        for name, archive in scene.archives.items():
            with zipfile.ZipFile(io.BytesIO(archive)) as opened:
                opened.extractall(out / "bundles" / name.removesuffix(".zip"))
            (out / "bundles" / name).write_bytes(archive)
        for name, text in scene.letters.items():
            (out / "letters").mkdir(parents=True, exist_ok=True)
            (out / "letters" / name).write_text(text, encoding="utf-8")
    lines = [_line(scene) for scene in scenes]
    report = {
        "ok": not any(scene.failures for scene in scenes),
        "seconds": round(seconds, 2),
        "requests": lines,
    }
    (out / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))


def _line(scene: Scene) -> dict[str, object]:
    fields = msgspec.structs.asdict(scene)
    return {name: value for name, value in fields.items() if name not in {"archives", "letters"}}
