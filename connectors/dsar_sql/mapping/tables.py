"""What the operator declares of one table: whose rows these are, and what becomes of them."""

from enum import StrEnum

from msgspec import Struct

from dsar.contract import Role
from dsar_sql.mapping.conversation import MadeBy, Turns
from dsar_sql.mapping.pointers import Pointer

Scalar = str | int | float | bool | None


class OnErase(StrEnum):
    """What an erasure does to a table's rows."""

    ERASE = "erase"
    KEEP = "keep"
    ANONYMISE = "anonymise"
    SUPPRESSION = "suppression"


class National(Struct, frozen=True, forbid_unknown_fields=True):
    """How a column writes phone numbers without their country, such as `040 123 4567`."""

    calling_code: str
    """The country's code, digits only, such as `358`."""
    trunk: str = ""
    """What a national number begins with in place of the country's code, such as `0`, if anything."""
    spaced: bool = True
    """False where the column holds digits and `+` alone: then a plain index on it serves the search."""


class Identifier(Struct, frozen=True, forbid_unknown_fields=True):
    """A column that names the subject."""

    column: str
    """The column's name."""
    sure: bool = True
    """False where a hit may be somebody else (a shared telephone): a person decides then."""
    national: National | None = None
    """For a phone column that is not all E.164: both forms are compared, spaces and dashes left out."""


class Path(Struct, frozen=True, forbid_unknown_fields=True):
    """The way from a table's rows to their subject."""

    table: str
    """The declared table one step nearer to the subject."""
    on: dict[str, str]
    """This table's columns and the columns of `table` that they equal."""


class Keep(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an erasure leaves a table's rows."""

    ground: str
    """The key of a hold rule in the profile, or a statute's name, such as `FI-2:10-voucher`."""
    dated: tuple[str, ...] = ()
    """Date columns from which the hold is counted; the first that is not empty counts."""


class FromColumn(Struct, frozen=True, forbid_unknown_fields=True):
    """A value that each row has for itself."""

    column: str
    """The column's name."""


class Table(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table or view. It has either `subject` columns or a `path` to a table that has."""

    name: str
    """The table's name, with its schema where the search path does not lead to it: `sales.invoice`."""
    category: str
    """The profile's category of data."""
    description: str
    """What the person reads about this kind of record."""
    key: tuple[str, ...]
    """The columns that tell one row from another: the primary key or a unique, not empty set."""
    subject: dict[str, str | Identifier] = {}
    """Columns that name the subject, by kind: `email`, `phone`, `account_id` or the company's own kinds."""
    path: Path | None = None
    """The way to the subject, where the rows do not name it themselves."""
    tenant: str | None = None
    """The column that holds the customer's key. Rows where it is empty are the operator's own."""
    serves: tuple[Role, ...] = ()
    """The roles a subject table answers for; by default `controller`, and `processor` if it has a tenant."""
    on_erase: OnErase = OnErase.ERASE
    """`erase` the rows, `keep` them on a ground, `anonymise` them, or leave them as `suppression` for ever."""
    keep: Keep | None = None
    """The ground on which rows are kept; needed with `on_erase = "keep"`, and only there."""
    restrict: str | None = None
    """A boolean column that is true while processing is restricted: also set on kept rows."""
    minimise: tuple[str, ...] = ()
    """Columns emptied when a row must stay only because a kept row of another table needs it."""
    anonymous: tuple[str, ...] = ()
    """With `anonymise`: columns that hold nothing personal and stay, such as an amount or a product."""
    emptied: tuple[str, ...] = ()
    """With `anonymise`: columns set to NULL."""
    replaced: dict[str, Scalar] = {}
    """With `anonymise`: columns that cannot be NULL and their new value, one and the same for all rows."""
    exclude: dict[str, str] = {}
    """Columns, or places in a JSON column, that are never exported, each with the reason."""
    not_secret: tuple[str, ...] = ()
    """Columns that are exported although their name looks like a secret's, such as `token_count`."""
    rectify: tuple[str, ...] = ()
    """Plain columns that a rectification may set."""
    others: tuple[str, ...] = ()
    """Columns, or places in a JSON column (`meta/attendees/*/name`), that hold other people's data."""
    made_by_ai: tuple[str, ...] = ()
    """Columns, or places in a JSON column, that a model wrote."""
    maker: MadeBy | None = None
    """The model that wrote what `made_by_ai` names, and when."""
    turns: Turns | None = None
    """A JSON column in which each row holds a conversation: what other persons said is withheld by it."""
    inferred: tuple[str, ...] = ()
    """Columns, or places in a JSON column, concluded about the person, not provided or observed."""
    portable: bool = True
    """Whether the rows were provided by the person or observed (GDPR 20)."""
    dated: str | None = None
    """The column with the row's own date, from which the category's retention period is counted."""
    obtained_from: str | FromColumn | None = None
    """Where the data came from (GDPR 15(1)(g)): one text for all rows, or a column of each."""

    def identifiers(self) -> dict[str, Identifier]:
        """The subject columns by kind, the short form written out."""
        return {k: Identifier(v) if isinstance(v, str) else v for k, v in self.subject.items()}

    @property
    def excluded(self) -> frozenset[str]:
        """The columns of which nothing is exported."""
        return frozenset(p.column for p in map(Pointer.read, self.exclude) if not p.parts)

    def within(self) -> dict[str, tuple[Pointer, ...]]:
        """The places in JSON columns, by the setting that names them."""
        return {
            setting: tuple(p for p in map(Pointer.read, getattr(self, setting)) if p.parts)
            for setting in (*_POINTER_LISTS, "exclude")
        }

    def written_columns(self) -> set[str]:
        """The columns that an order may set."""
        return {*self.minimise, *self.rectify, *self.emptied, *self.replaced} | (
            {self.restrict} if self.restrict else set()
        )

    def named_columns(self) -> dict[str, str]:
        """Every column that the mapping names, and where it does so."""
        return {
            **{Pointer.read(text).column: "exclude" for text in self.exclude},
            **{c: f for f in _COLUMN_LISTS for c in getattr(self, f)},
            **{Pointer.read(text).column: f for f in _POINTER_LISTS for text in getattr(self, f)},
            **dict.fromkeys(self.keep.dated if self.keep else (), "keep.dated"),
            **dict.fromkeys(self.path.on if self.path else (), "path.on"),
            **{i.column: f"subject.{kind}" for kind, i in self.identifiers().items()},
            **({self.tenant: "tenant"} if self.tenant else {}),
            **({self.restrict: "restrict"} if self.restrict else {}),
            **({self.dated: "dated"} if self.dated else {}),
            **({self.turns.place.column: "turns.array"} if self.turns else {}),
            **({self.maker.column: "maker.column"} if self.maker and self.maker.column else {}),
            **({self.maker.at: "maker.at"} if self.maker and self.maker.at else {}),
            **(
                {self.obtained_from.column: "obtained_from"}
                if isinstance(self.obtained_from, FromColumn)
                else {}
            ),
        }


_COLUMN_LISTS = ("key", "minimise", "not_secret", "rectify", "anonymous", "emptied", "replaced")
_POINTER_LISTS = ("others", "made_by_ai", "inferred")
