"""Names within the archive: safe on every system, whatever a record or a file is called."""

import unicodedata
from pathlib import PurePosixPath

NAME_BYTES_MAX = (
    100  # with folders and a folder of the person's own still below the 260 characters of Windows
)
SUFFIX_BYTES_MAX = 12
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"}


def safe(name: str, fallback: str = "unnamed") -> str:
    """One part of a path: letters and digits of any script and `. _ - +`, nothing that is unseen."""
    kept = "".join(c if _harmless(c) else "_" for c in unicodedata.normalize("NFC", name))
    # Not a dot first (hidden, or `..`), nor a mark that would join what stands before it.
    kept = kept.lstrip("._-+ ").rstrip("._ ")
    while kept and unicodedata.category(kept[0]).startswith("M"):
        kept = kept[1:]
    kept = _shorten(kept) or fallback
    # Windows takes CON.txt for a device.
    return f"_{kept}" if kept.split(".")[0].casefold() in _RESERVED else kept


def _harmless(char: str) -> bool:
    return char in "._-+" or unicodedata.category(char)[0] in "LNM"


def _shorten(name: str) -> str:
    if len(name.encode()) <= NAME_BYTES_MAX:
        return name
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > SUFFIX_BYTES_MAX:
        suffix = ""
    stem = name.removesuffix(suffix).encode()[: NAME_BYTES_MAX - len(suffix.encode())]
    return stem.decode(errors="ignore").rstrip("._ ") + suffix


class Names:
    """Gives out paths, each once: where nothing but case or what was made safe differs, a number is added."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}  # the last one added to a path
        self._folders: dict[tuple[str, ...], str] = {}

    def take(self, *folders: str, stem: str, suffix: str = "") -> str:
        """A path that is free, with all of its parts made safe."""
        return self.within("/".join(safe(part) for part in folders), stem, suffix)

    def take_file(self, *folders: str, name: str) -> str:
        """A path for a file that brings its own name."""
        return self.take(*folders, **_parted(name))

    def folder(self, *folders: str, name: str, of: tuple[str, ...]) -> str:
        """A folder for what is known as `of`, the same one each time; never the name of a file."""
        if of not in self._folders:
            self._folders[of] = self.take(*folders, stem=name)
        return self._folders[of]

    def within(self, folder: str, stem: str, suffix: str = "") -> str:
        """A path that is free in a folder that is safe already."""
        stem = safe(stem)
        first = path = f"{folder}/{stem}{suffix}"
        while path.casefold() in self._taken:
            number = self._numbers[first.casefold()] = self._numbers.get(first.casefold(), 1) + 1
            path = f"{folder}/{stem}-{number}{suffix}"
        self._taken.add(path.casefold())
        return path

    def file_within(self, folder: str, name: str) -> str:
        """As `within`, for a file that brings its own name."""
        return self.within(folder, **_parted(name))


def _parted(name: str) -> dict[str, str]:
    whole = safe(name)
    suffix = PurePosixPath(whole).suffix
    return {"stem": whole.removesuffix(suffix), "suffix": suffix}
