import pytest

from dsar.embedded import EmbeddedError, start
from dsar.embedded.valkey import SETTINGS

from .client import valkey

AOF = "valkey/appendonlydir/appendonly.aof.1.incr.aof"


@pytest.fixture
def stopped(launcher):
    """A data folder whose Valkey holds two keys, stopped."""
    data_dir = launcher.folder()
    parent = launcher.launch(data_dir)
    with valkey(parent.facts["redis_url"]) as client:
        client.set("first", "1")
        client.set("second", "2")
    parent.order("stop")
    return data_dir


def test_a_store_whose_end_is_cut_off_keeps_what_comes_before(launcher, stopped):
    aof = stopped / AOF
    aof.write_bytes(aof.read_bytes()[:-5])
    with valkey(launcher.launch(stopped).facts["redis_url"]) as client:
        assert client.mget("first", "second") == ["1", None]


@pytest.mark.parametrize("name", [AOF, "valkey/appendonlydir/appendonly.aof.manifest"])
def test_an_unreadable_store_is_set_aside_and_an_empty_one_begins(launcher, stopped, name):
    (stopped / name).write_bytes(b"\x00 this is no store \xff" * 20)
    with valkey(launcher.launch(stopped).facts["redis_url"]) as client:
        assert client.dbsize() == 0
    assert (stopped / "valkey.unreadable").exists()


def test_a_store_that_was_not_to_blame_stays(ourselves, monkeypatch):
    data_dir = ourselves.folder()
    parent = ourselves.launch(data_dir)
    with valkey(parent.facts["redis_url"]) as client:
        client.set("first", "1")
    parent.order("stop")
    with monkeypatch.context() as patch:
        patch.setitem(SETTINGS, "maxmemory-policy", "no such policy")
        with pytest.raises(EmbeddedError, match="Valkey did not start"):
            start(data_dir)
    with valkey(ourselves.launch(data_dir).facts["redis_url"]) as client:
        assert client.get("first") == "1"


def test_a_folder_in_the_place_of_the_socket_is_named(launcher, stopped):
    (stopped / "run/valkey.sock").mkdir()
    said = launcher.fail(stopped)
    assert said.startswith("EmbeddedError: ")
    assert "run/valkey.sock" in said
