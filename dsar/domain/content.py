"""What an answer is made from, and the one name of exactly that: an approval is of it, and an archive tells it."""

from hashlib import sha256
from operator import itemgetter
from uuid import UUID

import msgspec
from msgspec import Struct

from dsar.contract import Role
from dsar.domain.case import AnswerTo
from dsar.domain.identity import IdentityKind, ProofKind
from dsar.domain.rights import Right

_VERSION = "content 1"  # part of every digest: what is counted in differently has another name
_encoder = msgspec.json.Encoder(order="sorted")


class Piece(Struct, frozen=True, kw_only=True):
    """One sealed segment. `sealed` names its very bytes: sealed anew, even the same records have another name."""

    step_id: UUID
    seq: int
    system_key: str
    collection: str
    category: str
    portable: bool
    sealed: str
    recordings: int


class Proof(Struct, frozen=True):
    """One identity of the person's, and how it was proven, if it was: without its value."""

    identity_id: UUID
    kind: IdentityKind
    proof: ProofKind | None


class Searched(Struct, frozen=True):
    """How the search of one system ended; a gap that is closed later is another answer."""

    key: str
    system_key: str
    outcome: str | None


class Contained(Struct, frozen=True):
    """What of an answer decides who has to approve it."""

    recordings: int
    categories: frozenset[str]
    proofs: tuple[tuple[IdentityKind, ProofKind | None], ...]


class Content(Struct, frozen=True, kw_only=True):
    """All that determines what an archive holds: ids and hashes, nothing of the person's.

    Letters that the person has already are no part of it, and neither is the time: what was approved stays approved
    while nothing of it changes. `number` is the archive's, 1 for the answer.
    """

    case_id: UUID
    number: int
    right: Right
    role: Role
    answer_to: AnswerTo | None
    regime: str
    residence: str
    language: str
    profile: bytes
    pieces: tuple[Piece, ...]
    decided: tuple[UUID, ...]  # the decisions on withholding that stand
    searched: tuple[Searched, ...]
    proofs: tuple[Proof, ...]

    @property
    def digest(self) -> bytes:
        """SHA-256 over all of it: the same content has the same, in whatever order it was read.

        A decision that is undone brings the earlier name back, and with it the approvals of that: what they approved
        is again exactly what would leave.
        """
        said = msgspec.to_builtins(self)
        said["profile"] = self.profile.hex()
        for name, by in (
            ("pieces", ("step_id", "seq")),
            ("searched", ("key",)),
            ("proofs", ("identity_id",)),
        ):
            said[name] = sorted(said[name], key=itemgetter(*by))
        said["decided"] = sorted(said["decided"])
        return sha256(_encoder.encode([_VERSION, said])).digest()

    @property
    def contained(self) -> Contained:
        """What of it decides who has to approve."""
        return Contained(
            recordings=sum(piece.recordings for piece in self.pieces),
            categories=frozenset(piece.category for piece in self.pieces),
            proofs=tuple((one.kind, one.proof) for one in self.proofs),
        )
