"""What an answer is made from, read from Postgres: hashes and ids."""

from dsar.domain.case import Case
from dsar.domain.content import Contained, Content, Piece, Proof, Searched
from dsar.domain.profile import LoadedProfile
from dsar.store.database import Connection
from dsar.store.identities import of_case as identities_of_case
from dsar.store.queries import noun
from dsar.store.rows import as_struct

_q = noun("content")


async def of_case(connection: Connection, case: Case, loaded: LoadedProfile, number: int = 1) -> Content:
    """The content of the case's archive of that number: what is in no archive yet, and what is in that one."""
    pieces = await _q["pieces"].rows(connection, case_id=case.id, number=number)
    decided = await _q["decided"].rows(connection, case_id=case.id)
    searched = await _q["searched"].rows(connection, case_id=case.id)
    who = await identities_of_case(connection, case.id)
    return Content(
        case_id=case.id,
        number=number,
        right=case.right,
        role=case.role,
        answer_to=case.answer_to,
        regime=case.regime,
        residence=case.residence,
        language=case.language,
        profile=loaded.hash,
        pieces=tuple(as_struct(row, Piece) for row in pieces),
        decided=tuple(row["id"] for row in decided),
        searched=tuple(as_struct(row, Searched) for row in searched),
        proofs=tuple(Proof(row.id, row.kind, row.proof) for row in who),
    )


async def contained(connection: Connection, case: Case) -> Contained:
    """What of a case's content decides who has to approve it, without a look at the sealed bytes."""
    row = await _q["contained"].row(connection, case_id=case.id)
    who = await identities_of_case(connection, case.id)
    return Contained(
        recordings=row["recordings"],
        categories=frozenset(row["categories"]),
        proofs=tuple((one.kind, one.proof) for one in who),
    )
