import msgspec
import pytest

from dsar.bundle.lines import Line
from dsar.bundle.release import Release
from dsar.domain.rights import Right

ORIGIN = msgspec.Raw(b"{}")


def line():
    data = {"a": 1, "b/c": {"d": [1, {"e": 2, "f": 3}]}, "summary": "s"}
    return Line(
        ORIGIN, data, ("/a",), ("/summary", "/b~1c/d/1/e"), ("/summary", "/b~1c/d/1", "/gone/x", "/b~1c/d/9")
    )


def test_access_leaves_a_record_as_it_is():
    (element,) = Release(Right.ACCESS).of([line()])
    assert element.data == line().data
    assert element.inferred == line().inferred


def test_portability_leaves_out_what_was_inferred_and_counts_it():
    release = Release(Right.PORTABILITY)
    (element,) = release.of([line()])
    assert element.data == {"a": 1, "b/c": {"d": [1, None]}}
    assert (element.inferred, element.made_by_ai, element.others) == ((), (), ("/a",))
    assert release.inferred_left_out == 4


def test_a_record_that_is_inferred_as_a_whole_stays_out_of_portability():
    whole = Line(ORIGIN, {"segment": "gold"}, inferred=("",))
    assert len(Release(Right.ACCESS).of([whole])) == 1
    assert Release(Right.PORTABILITY).of([whole]) == []


@pytest.mark.parametrize("pointer", ["/a/b", "/b~1c/x", "/b~1c/d/x", "/b~1c/d/-"])
def test_a_pointer_that_leads_nowhere_changes_nothing(pointer):
    lost = Line(ORIGIN, line().data, inferred=(pointer,))
    (element,) = Release(Right.PORTABILITY).of([lost])
    assert element.data == line().data
