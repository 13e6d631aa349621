"""Where objects of one kind lie, and how one tells whose an object is: by its key, by an index, or by its labels."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from dsar.contract import Speaker
from dsar_s3.persons import KINDS
from dsar_s3.template import BadTemplate, Template, template

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
MediaType = Annotated[str, Meta(pattern="^[^/]+/[^/]+$", description="In place of what the store says")]
Bucket = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$")]


class Index(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An object that lists keys with whom they are of."""

    object: Annotated[str, Meta(description="Its key, with {tenant} where each customer has one")]
    format: Annotated[Literal["jsonl", "csv"], Meta(description="JSON lines, or CSV with a row of names")] = (
        "jsonl"
    )
    key: Annotated[str, Meta(description="The field that holds the object's key")] = "key"
    identities: Annotated[dict[str, str], Meta(description="The field of each identity, e.g. phone: caller")]
    tenant: Annotated[str | None, Meta(description="The field that names the customer")] = None
    keep_versions: Annotated[
        bool, Meta(description="Leave older versions of the index, which hold the erased rows")
    ] = False


class Labels(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the object itself says: user metadata (`x-amz-meta-…`, without that) or tags."""

    where: Literal["metadata", "tags"] = "metadata"
    identities: Annotated[
        dict[str, str], Meta(description="The label of each identity, e.g. phone: caller-number")
    ]
    tenant: Annotated[str | None, Meta(description="The label that names the customer")] = None


class Place(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Objects of one kind: exactly one of `pattern`, `index` and `labels` says whose they are."""

    key: Annotated[Name, Meta(description="The name of its collection, e.g. recordings")]
    bucket: Bucket
    category: Annotated[str, Meta(min_length=1, description="The category of the profile")]
    description: Annotated[str, Meta(min_length=1, description="For the person: what these files are")]
    pattern: Annotated[
        str | None, Meta(description="The keys, e.g. recordings/{tenant}/{phone}/{any}.wav")
    ] = None
    index: Index | None = None
    labels: Labels | None = None
    prefix: Annotated[
        str, Meta(description="With labels: what is listed. With an index: what stands before its keys")
    ] = ""
    scan: Annotated[
        bool, Meta(description="Allow a listing of all that lies under the prefix, for each search")
    ] = False
    media_type: MediaType | None = None
    channels: Annotated[
        tuple[str, ...], Meta(description="Audio channels in order, each `name` or `name:speaker`")
    ] = ()
    others: Annotated[
        tuple[str, ...], Meta(description="Pointers to others' data, e.g. /metadata/agent")
    ] = ()
    made_by_ai: bool = False
    inferred: bool = False
    portable: bool = True

    def __post_init__(self) -> None:
        if problem := self._sort() or self._search() or self._wording():
            raise ValueError(f"place {self.key}: {problem}")

    @property
    def template(self) -> Template | None:
        """The pattern, read."""
        return template(self.pattern) if self.pattern is not None else None

    @property
    def knows_tenants(self) -> bool:
        """Whether its objects are customers'; else they are the operator's own."""
        if self.pattern is not None:
            return "{tenant}" in self.pattern
        if self.index is not None:
            return self.index.tenant is not None or "{tenant}" in self.index.object
        return self.labels is not None and self.labels.tenant is not None

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of identity that its objects name."""
        if self.template is not None:
            return frozenset({self.template.kind or ""} - {""})
        names = self.index or self.labels
        return frozenset(names.identities) if names is not None else frozenset()

    @property
    def head(self) -> str:
        """What all of its keys begin with."""
        return template(self.pattern).head if self.pattern is not None else self.prefix

    def _sort(self) -> str:
        if sum(each is not None for each in (self.pattern, self.index, self.labels)) != 1:
            return "give exactly one of pattern, index and labels"
        if self.pattern is not None and self.prefix:
            return "prefix stands in the pattern already; take it out"
        for named in (self.index, self.labels):
            if named is not None and not (named.identities and named.identities.keys() <= KINDS):
                return f"identities names one or more of {', '.join(sorted(KINDS))}"
        return ""

    def _search(self) -> str:
        try:
            if self.index is not None:
                return _index(template(self.index.object))
            if self.labels is not None:
                return (
                    "" if self.scan else "labels are found by a listing of the whole prefix; set scan to true"
                )
            return self._pattern(template(self.pattern or ""))
        except BadTemplate as error:
            return f"the pattern {error}"

    def _pattern(self, read: Template) -> str:
        if read.kind is None:
            return "the pattern names nobody; put {phone}, {email} or {account_id} where the key has it"
        if self.scan:
            return ""
        if not read.reaches("tenant", read.kind):
            return (
                f"what stands before {{{read.kind}}} differs from key to key, so that only a listing of all "
                "finds a person; set scan to true"
            )
        if self.knows_tenants and not (read.reaches(read.kind) or read.has_tenant_folder):
            return (
                "{tenant} is no folder of its own, so that only a listing of all names the customers; "
                "set scan to true"
            )
        return ""

    def _wording(self) -> str:
        speakers = {speaker.value for speaker in Speaker}
        if any(":" in each and each.split(":", 1)[1] not in speakers for each in self.channels):
            return f"channels: a speaker is one of {', '.join(sorted(speakers))}"
        if not all(pointer.startswith("/") for pointer in self.others):
            return "others: a pointer begins with a slash, e.g. /metadata/agent"
        return ""


def _index(read: Template) -> str:
    return "" if read.names <= {"tenant"} else "index.object may hold {tenant} and no other placeholder"
