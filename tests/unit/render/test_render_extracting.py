"""What errors say to people is found where they are raised."""

from io import BytesIO

import pytest

from dsar.render.extracting import UntranslatableError, texts


def found(source):
    return [text for _, _, text, _ in texts(BytesIO(source.encode()), (), (), {})]


def test_problem_and_remedy_are_found_and_the_fields_name_is_not():
    source = 'raise InvalidInput(FieldError("phone", "is empty.", "Use at most {limit}.", limit=LIMIT))'

    assert found(source) == ["is empty.", "Use at most {limit}."]


def test_notes_refusals_and_what_a_connector_leaves_are_found():
    source = """
reading.note("email", "is odd.", "Mend it.")
raise NotNow("code", "comes late.", "Ask anew.")
raise NotFound("no such request")
Manifest(key="x", residue="Backups " "stay.", grounds={LOCKED: "It is locked."})
other("not ours")
"""

    assert found(source) == [
        "is odd.", "Mend it.", "comes late.", "Ask anew.", "no such request", "Backups stay.", "It is locked.",
    ]  # fmt: skip


def test_a_text_that_is_put_together_where_it_is_said_is_refused():
    with pytest.raises(UntranslatableError, match="give it by name"):
        found('FieldError("x", "is odd.", f"Use at most {LIMIT}.")')
    assert found("FieldError(field, problem, remedy)") == []
