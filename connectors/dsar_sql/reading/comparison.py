"""How an identity is compared with a column, and a column's value made an identity."""

import re

from dsar.contract import Ref
from dsar_sql.dialects.catalogue import Column
from dsar_sql.dialects.dialect import Params
from dsar_sql.mapping.tables import Identifier, National

_NOT_DIALLED = "[^0-9+]"


def same(identity: Ref, identifier: Identifier, column: Column, sql: str, params: Params) -> str:
    """The condition under which the column holds the identity."""
    if identity.kind == "email":
        return params.dialect.equals_email(identity.value, column, sql, params)
    if identifier.national:
        spelled = spellings(identity.value, identifier.national)
        return params.dialect.dialled(spelled, sql, params, spaced=identifier.national.spaced)
    return params.dialect.equals(identity.value, column, sql, params)


def spellings(e164: str, national: National) -> list[str]:
    """The forms in which a column may write one number, signs and spaces left out."""
    code = national.calling_code
    own = e164.removeprefix(f"+{code}")
    if own == e164:
        return [e164, f"00{e164[1:]}"]
    return list(
        dict.fromkeys([e164, f"00{code}{own}", f"{code}{own}", f"{national.trunk}{own}", f"+{code}0{own}"])
    )


def identities(kind: str, written: str, identifier: Identifier) -> list[Ref]:
    """The identities by which a search finds the column's value: of a national number there may be two."""
    if kind == "email":
        return [Ref(kind, written.strip().lower())]
    if kind != "phone":
        return [Ref(kind, written)]
    if identifier.national is None:
        return [Ref(kind, international(written, None))]
    return [Ref(kind, number) for number in _readings(re.sub(_NOT_DIALLED, "", written), identifier.national)]


def international(written: str, national: National | None) -> str:
    """The E.164 form of a number as a column writes it."""
    dialled = re.sub(_NOT_DIALLED, "", written)
    if national is None or dialled.startswith("+"):
        return dialled
    if dialled.startswith("00"):
        return f"+{dialled[2:]}"
    return f"+{national.calling_code}{dialled.removeprefix(national.trunk)}"


def _readings(dialled: str, national: National) -> list[str]:
    code = national.calling_code
    numbers = (
        dialled,
        f"+{dialled.removeprefix('00')}",
        f"+{dialled}",
        f"+{code}{dialled.removeprefix(national.trunk)}",
        f"+{code}{dialled.removeprefix(f'+{code}0')}",
    )
    return [n for n in dict.fromkeys(numbers) if n.startswith("+") and dialled in spellings(n, national)]
