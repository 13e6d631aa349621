"""A query that is not understood is refused: a misspelt filter would be answered with everything."""

from functools import cache
from typing import Any, get_args, get_type_hints

from litestar.handlers.base import BaseRouteHandler
from litestar.params import QueryParameter

from dsar.domain.errors import FieldError, InvalidInput
from dsar.web.edge import Connection


async def knows_its_query(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse parameters that the call does not know."""
    if not connection.scope["query_string"]:
        return
    known = _known(handler.fn)
    if not connection.query_params.keys() <= known:
        raise InvalidInput(
            FieldError(
                "query",
                "has a parameter that this call does not know.",
                "It knows: {known}.",
                known=", ".join(sorted(known)) or "none",
            )
        )


@cache
def _known(call: Any) -> frozenset[str]:
    hints = get_type_hints(call, include_extras=True)
    return frozenset(
        said.name or name
        for name, hint in hints.items()
        for said in get_args(hint)
        if isinstance(said, QueryParameter)
    )
