"""Where an objection to direct marketing is written down."""

from msgspec import Struct, field

from dsar_sql.mapping.tables import Scalar


class Suppression(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One declared table and what a suppression does there."""

    table: str
    """The declared table."""
    insert: tuple[str, ...] = ()
    """Kinds of identifier added as rows, such as `email`; the table's `subject` names the columns."""
    values: dict[str, Scalar] = {}
    """Further columns of an added row, the same for all, such as `reason = "objection"`."""
    columns: dict[str, Scalar] = field(name="set", default_factory=dict)
    """`set`: columns of the subject's own rows and their value, such as `marketing_consent = false`."""
