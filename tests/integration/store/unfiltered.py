"""Takes every condition out of a statement: what a handler shows that forgets each of its WHEREs.

A small reader of SQL, for the statements of `sql/queries/`: it knows strings, quoted names, comments and brackets.
Every `WHERE …`, `HAVING …` and `JOIN … ON …` becomes `… true`, at every depth, and a limit at the outside goes. What
stays: the predicate of `ON CONFLICT (…) WHERE … DO`, which names an index and narrows nothing, and `FOR UPDATE`.
"""

import re

_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"|\$\d+|::|[A-Za-z_][A-Za-z_0-9]*|\d+(?:\.\d+)?|\s+|.",
    re.DOTALL,
)
_ENDS = {
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "RETURNING",
    "UNION",
    "INTERSECT",
    "EXCEPT",
}
# What may stand behind the condition of a join. WHERE comes too, and further joins.
_ENDS_OF_ON = _ENDS | {"WHERE", "JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL", "SET", "ON"}


def unfiltered(sql: str) -> tuple[str, list[int]]:
    """The statement without conditions, and the numbers of the parameters that are left, in their new order."""
    tokens = _TOKEN.findall(sql)
    kept = _without_outer_limit(_without_conditions(tokens))
    return _renumbered(kept)


def _without_conditions(tokens):
    out, at, conflict = [], 0, False
    while at < len(tokens):
        word = tokens[at].upper()
        if word == "CONFLICT":
            conflict = True
        elif word == "DO":
            conflict = False
        if (word in {"WHERE", "HAVING"} and not conflict) or (word == "ON" and _joins(tokens, at)):
            out += [tokens[at], " true "]
            at = _end(tokens, at + 1, _ENDS_OF_ON if word == "ON" else _ENDS | {"ON"})
            continue
        out.append(tokens[at])
        at += 1
    return out


def _joins(tokens, at):
    following = next((t.upper() for t in tokens[at + 1 :] if _speaks(t)), "")
    return following != "CONFLICT" and "DISTINCT" not in [t.upper() for t in tokens[max(0, at - 2) : at]]


def _speaks(token):
    return not token.isspace() and not token.startswith(("--", "/*"))


def _end(tokens, at, ends):
    depth = 0
    while at < len(tokens):
        token = tokens[at]
        if token in "([":
            depth += 1
        elif token in ")]":
            if depth == 0:
                return at
            depth -= 1
        elif depth == 0 and (token.upper() in ends or token == ","):
            return at
        at += 1
    return at


def _without_outer_limit(tokens):
    depth, out, at = 0, [], 0
    while at < len(tokens):
        depth += {"(": 1, ")": -1}.get(tokens[at], 0)
        if depth == 0 and tokens[at].upper() == "LIMIT":
            at = _end(tokens, at + 1, _ENDS)
            continue
        out.append(tokens[at])
        at += 1
    return out


def _renumbered(tokens):
    numbers: list[int] = []
    out = []
    for token in tokens:
        if re.fullmatch(r"\$\d+", token):
            number = int(token[1:])
            if number not in numbers:
                numbers.append(number)
            out.append(f"${numbers.index(number) + 1}")
        else:
            out.append(token)
    return "".join(out), numbers
