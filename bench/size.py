"""What an installation takes up: a fresh environment from `requirements.lock`, and our own files."""

import subprocess
import sys
import venv
from pathlib import Path

from bench.measure import Measure
from bench.site import folder

ROOT = Path(__file__).parent.parent
OURS = (
    "dsar",
    "connectors/dsar_asterisk",
    "connectors/dsar_sql",
    "connectors/dsar_posthog",
    "sql",
    "templates",
    "profiles",
    "law",
)
BLOCK_BYTES = 512


def measure() -> list[Measure]:
    """Install and weigh; pip itself does not count. The lock holds what builds the checkout too."""
    with folder() as place:
        venv.create(place / "venv", with_pip=False)
        python = place / "venv" / "bin" / "python"
        lock = str(ROOT / "requirements.lock")
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"),
                *("--disable-pip-version-check", "--require-hashes", "-r", lock),
            ],
            check=True,
            capture_output=True,
        )
        packages = next((place / "venv" / "lib").glob("python*")) / "site-packages"
        count = len(list(packages.glob("*.dist-info")))
        size = on_disk(packages) + sum(on_disk(ROOT / name) for name in OURS)
    return [
        Measure(
            key="installed.mb",
            title=f"installed, {count} packages and ourselves",
            figure=size / 1e6,
            unit="MB",
            aim=150,
            known=620,
            note="the known engine: 240 packages",
        ),
        Measure(key="installed.packages", title="… packages", figure=count, unit="", known=240),
    ]


def on_disk(folder_: Path) -> int:
    """Bytes as `du` counts them."""
    paths = [path for path in folder_.rglob("*") if not path.is_symlink()]
    return sum(path.stat().st_blocks * BLOCK_BYTES for path in paths)
