"""What the kernel says of a process's memory. Linux alone."""

from pathlib import Path

PROC = Path("/proc")


def resident_mb(pid: int) -> float:
    """Resident now."""
    return _status_kb(pid, "VmRSS") / 1000


def peak_mb(pid: int) -> float:
    """The most that was resident since the peak was forgotten."""
    return _status_kb(pid, "VmHWM") / 1000


def forget_peak(pid: int) -> None:
    """Let the peak begin anew."""
    (PROC / str(pid) / "clear_refs").write_text("5")


def proportional_mb(pid: int) -> float:
    """Proportional set size: shared pages are split among those who share them, so that a tree adds up."""
    return _field_kb((PROC / str(pid) / "smaps_rollup").read_text(), "Pss") / 1000


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    below = [child for task in (PROC / str(pid) / "task").iterdir() for child in _children(task)]
    return [pid, *(member for child in below for member in tree(child))]


def command(pid: int) -> str:
    """The command line."""
    return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()


def _children(task: Path) -> list[int]:
    return [int(word) for word in (task / "children").read_text().split()]


def _status_kb(pid: int, name: str) -> float:
    return _field_kb((PROC / str(pid) / "status").read_text(), name)


def _field_kb(text: str, name: str) -> float:
    """In units of 1,000 bytes; the kernel's kB are 1,024."""
    line = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1.024
