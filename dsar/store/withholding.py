"""What decides on withholding in one case, put together from what stands in Postgres.

Archive, review and player all ask here, so that what staff was shown is what leaves. Keys are handed in as what they
do: `opened` opens what is sealed under the case's key, `blind` makes the keyed hash of the operator's.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from dsar.domain.case import Case
from dsar.domain.identity import IdentityKind
from dsar.domain.profile import Profile
from dsar.domain.withholding import Decided, Known, Withholding, Words
from dsar.store import controllers, identities, redactions
from dsar.store.database import Connection

Opened = Callable[[bytes, str], bytes]
Blind = Callable[[str, str], bytes]


async def of_case(
    connection: Connection,
    case: Case,
    profile: Profile,
    opened: Opened,
    blind: Blind,
    *,
    also: Sequence[Decided] = (),
) -> Withholding:
    """All that decides on one case, as it stands now; `also` is what somebody thinks of deciding."""
    return Withholding(
        case.right,
        # It has its own records whole, and withholds by itself.
        to_controller=case.goes_to_controller,
        known=await _known(connection, case, profile, opened),
        decided=[*await _standing(connection, case.id, opened), *also],
        index=index_of(case.id, blind),
    )


def index_of(case_id: UUID, blind: Blind) -> Callable[[str, str], bytes]:
    """By what decisions know an item: bound to the case, the same after it was collected anew."""
    return lambda collection, record_id: blind(f"item:{case_id}:{collection}", record_id)


async def _standing(connection: Connection, case_id: UUID, opened: Opened) -> list[Decided]:
    """What staff decided and nobody undid, the oldest first."""
    return [
        row.decided(words_of(row, opened))
        for row in await redactions.of_case(connection, case_id)
        if row.undone_at is None
    ]


def words_of(row: redactions.RedactionRow, opened: Opened) -> Words:
    """What of a decision stands sealed."""
    return msgspec.json.decode(opened(row.sealed, redactions.PURPOSE), type=Words)


async def _known(connection: Connection, case: Case, profile: Profile, opened: Opened) -> Known:
    """The person's own addresses and the business's, proven or not: they are no third person's."""
    said = [
        (row.kind, opened(row.sealed, "identity").decode())
        for row in await identities.of_case(connection, case.id)
    ]
    emails = {value for kind, value in said if kind is IdentityKind.EMAIL}
    phones = {value for kind, value in said if kind is IdentityKind.PHONE}
    if case.controller_id is not None:
        business = await controllers.one(connection, case.controller_id)
        phones.update(business.telephone_numbers)
        emails.update(filter(None, [business.contact_email]))
    operator = profile.operator
    emails.update(filter(None, [operator.contact, operator.dpo]))
    phones.update(filter(None, [operator.telephone]))
    for contact in profile.review.known_contacts:
        (phones if "@" not in contact else emails).add(contact)
    return Known(
        emails=frozenset(email.lower() for email in emails if not email.startswith("@")),
        phones=frozenset(phones),
        domains=frozenset(email[1:].lower() for email in emails if email.startswith("@")),
        region=operator.country,
    )
