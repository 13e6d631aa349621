"""In whose name a person is answered: our own, or that of the business whose calls we process."""

from msgspec import Struct

from dsar.domain.case import AnswerTo, Case
from dsar.store import Connection, controllers


class OnBehalf(Struct, frozen=True):
    """The controller whose answer it is; `contact` is its own mailbox for the person, where it gave one."""

    name: str
    contact: str | None


async def on_behalf(connection: Connection, case: Case) -> OnBehalf | None:
    """The business that has its answer sent straight to the person; None where no letter of its goes out."""
    # GDPR 28(3)(e): a processor helps with the answer; GDPR 12(3): it stays the controller's
    if case.controller_id is None or case.answer_to is not AnswerTo.PERSON:
        return None
    business = await controllers.one(connection, case.controller_id)
    return OnBehalf(business.name, business.contact_email)
