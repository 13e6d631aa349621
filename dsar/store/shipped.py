"""Files that travel with the service: in the wheel inside the package, in a checkout beside it."""

from pathlib import Path


def shipped(folder: str) -> Path:
    """The path of `sql`, `templates`, `translations`, `profiles` or `law`."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_shipped" / folder
    return inside if inside.is_dir() else package.parent / folder
