import msgspec
import pytest

from dsar.bundle.release import Release
from dsar.domain.rights import Right
from dsar.domain.withholding import Line

ORIGIN = msgspec.Raw(b"{}")


def line():
    data = {"a": 1, "b/c": {"d": [1, {"e": 2, "f": 3}]}, "summary": "s"}
    return Line(
        ORIGIN, data, ("/a",), ("/summary", "/b~1c/d/1/e"), ("/summary", "/b~1c/d/1", "/gone/x", "/b~1c/d/9")
    )


def test_access_withholds_what_concerns_other_people_and_leaves_the_rest_as_it_is():
    release = Release(Right.ACCESS)
    (element,) = release.of([line()])
    assert element.data == {key: value for key, value in line().data.items() if key != "a"}
    assert element.inferred == line().inferred
    assert element.others == ()
    assert release.others_withheld == 1


def test_an_empty_field_of_other_people_counts_as_nothing_withheld():
    release = Release(Right.ACCESS)
    release.of([Line(ORIGIN, {"a": None}, others=("/a", "/gone"))])
    assert release.others_withheld == 0


def test_a_controller_gets_its_own_records_whole():
    release = Release(Right.ACCESS, others_too=True)
    (element,) = release.of([line()])
    assert (element.data, element.others, release.others_withheld) == (line().data, ("/a",), 0)


def test_portability_leaves_out_what_was_inferred_and_counts_it():
    release = Release(Right.PORTABILITY)
    (element,) = release.of([line()])
    assert element.data == {"b/c": {"d": [1, None]}}
    assert (element.inferred, element.made_by_ai, element.others) == ((), (), ())
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
