import shutil
from pathlib import Path

import pytest
import pytest_asyncio
from support.house import dsar, inhabited, roomy_folder, running_stack

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.acceptance)


@pytest.fixture(scope="module")
def stack():
    """Leases are short, so that a killed worker's steps are soon another's."""
    with running_stack(lease_seconds=3.0) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(stack):
    async with inhabited(stack) as settled:
        yield settled


class Demo:
    """What one run of `dsar demo` said and left."""

    def __init__(self, ran, out):
        self.ran, self.out = ran, out
        _, _, rest = ran.stdout.partition("The data folder is kept: ")
        self.data = Path(rest.partition("\n")[0])


@pytest.fixture(scope="session")
def demo():
    """The demo, played once, with its data folder kept."""
    with roomy_folder() as folder:
        played = Demo(dsar("demo", "--out", str(folder / "out"), "--keep", cwd=folder), folder / "out")
        yield played
        if played.data.name == "data":
            shutil.rmtree(played.data.parent)
