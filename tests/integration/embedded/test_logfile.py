import os

from dsar.embedded import logfile


def test_a_log_that_grew_too_long_begins_again_under_its_writer(tmp_path, monkeypatch):
    monkeypatch.setattr(logfile, "BYTES_MAX", 100)
    path = tmp_path / "service.log"
    descriptor = logfile.open_log(path)
    try:
        os.write(descriptor, b"old line\n" * 20)
        logfile.trim(path)
        os.write(descriptor, b"new line\n")
    finally:
        os.close(descriptor)
    assert path.read_text() == "new line\n"
    assert (tmp_path / "service.log.1").read_text() == "old line\n" * 20


def test_a_short_log_stays_whole(tmp_path):
    path = tmp_path / "service.log"
    path.write_text("line\n")
    logfile.trim(path)
    assert path.read_text() == "line\n"
    assert not (tmp_path / "service.log.1").exists()


def test_the_tail_is_what_was_written_since(tmp_path):
    path = tmp_path / "service.log"
    path.write_text("before\n")
    since = logfile.size(path)
    with path.open("a") as file:
        file.write("after\n")
    assert logfile.tail(path, since) == "after"
    assert logfile.tail(tmp_path / "none.log") == ""
