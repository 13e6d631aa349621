"""How an identity is compared with a column."""

import re
import uuid

from dsar.contract import Ref
from dsar_sql.catalogue import Column
from dsar_sql.identifiers import Params
from dsar_sql.tables import Identifier, National

NOTHING = "false"
_TEXTS = frozenset({"text", "character varying", "bpchar", "citext"})
_WHOLE_NUMBER_BITS = {"smallint": 15, "integer": 31, "bigint": 63}
_NOT_DIALLED = "[^0-9+]"


def same(identity: Ref, identifier: Identifier, column: Column, sql: str, params: Params) -> str:
    """The condition under which the column holds the identity."""
    if identity.kind == "email":
        return f"lower({sql}::text) = lower({params.add(identity.value)})"
    if identifier.national:
        spelled = params.add_any(spellings(identity.value, identifier.national))
        return f"regexp_replace({sql}, '{_NOT_DIALLED}', '', 'g') = ANY ({spelled})"
    return equals(identity.value, column, sql, params)


def equals(value: str, column: Column, sql: str, params: Params) -> str:
    """Equality that uses the column's index; a text that is no value of its type equals nothing."""
    if bits := _WHOLE_NUMBER_BITS.get(column.base):
        return f"{sql} = {params.add(value, column.base)}" if _is_whole(value, bits) else NOTHING
    if column.base == "uuid":
        return f"{sql} = {params.add(value, 'uuid')}" if _is_uuid(value) else NOTHING
    return f"{sql} = {params.add(value)}" if column.base in _TEXTS else f"{sql}::text = {params.add(value)}"


def spellings(e164: str, national: National) -> list[str]:
    """The forms in which a column may write one number, signs and spaces left out."""
    code = national.calling_code
    own = e164.removeprefix(f"+{code}")
    if own == e164:
        return [e164, f"00{e164[1:]}"]
    return list(
        dict.fromkeys([e164, f"00{code}{own}", f"{code}{own}", f"{national.trunk}{own}", f"+{code}0{own}"])
    )


def international(written: str, national: National | None) -> str:
    """The E.164 form of a number as a column writes it."""
    dialled = re.sub(_NOT_DIALLED, "", written)
    if national is None or dialled.startswith("+"):
        return dialled
    if dialled.startswith("00"):
        return f"+{dialled[2:]}"
    return f"+{national.calling_code}{dialled.removeprefix(national.trunk)}"


def _is_whole(value: str, bits: int) -> bool:
    return bool(re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII)) and -(1 << bits) <= int(value) < 1 << bits


def _is_uuid(value: str) -> bool:
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True
