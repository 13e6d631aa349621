"""Rules of silence: no personal value and no secret in a log, in an error, or in how anything prints."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest

from dsar.conformance.asking import all_of, found, opened, stream, subjects
from dsar.conformance.counterpart import Counterpart, Fault
from dsar.conformance.erasing import KEY, erase, takes
from dsar.conformance.failing import raised
from dsar.conformance.finding import NOBODYS, STRANGE
from dsar.contract import Attachment, Erase, Mark, OrderKind, Rectify, Ref

# The client is the service's, and so are its logs.
THE_CLIENTS = ("httpx", "httpcore")
HARMLESS_LENGTH = 3  # shorter values stand in any text


class Secrecy:
    """What nobody may read."""

    async def test_no_personal_value_stands_in_a_log(
        self, counterpart: Counterpart, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            await everything_asked(counterpart)
            for fault in sorted(counterpart.faults):
                await _asked_in_vain(counterpart, fault)
        told = [_text(record) for record in caplog.records if not record.name.startswith(THE_CLIENTS)]
        _silent(told, counterpart, "a log")

    @pytest.mark.parametrize("fault", list(Fault))
    async def test_no_personal_value_stands_in_an_error(self, counterpart: Counterpart, fault: Fault) -> None:
        if fault in counterpart.faults:
            _silent(await _asked_in_vain(counterpart, fault), counterpart, f"an error of {fault}")

    async def test_no_personal_value_stands_in_a_refusal(self, counterpart: Counterpart) -> None:
        known = counterpart.known
        said = next(iter(known.said), "someone")
        async with opened(counterpart) as session:
            ref = (await subjects(session, known))[0]
            asks: list[Callable[[], Awaitable[object]]] = [
                lambda: stream(session, Ref(ref.kind, said), known.scope),
                lambda: stream(session, Ref(STRANGE.kind, said), known.scope),
                lambda: stream(session, ref, known.scope, Mark(said)),
                lambda: stream(session, ref, NOBODYS),
                lambda: session.carry_out(ref, known.scope, Rectify(said, {said: said}), KEY),
                lambda: session.carry_out(ref, NOBODYS, Erase(), KEY),
                lambda: session.carry_out(Ref(STRANGE.kind, said), known.scope, Erase(), KEY),
            ]
            errors = [error for ask in asks if (error := await raised(ask)) is not None]
        _silent([text for error in errors for text in texts_of(error)], counterpart, "a refusal")

    async def test_no_personal_value_stands_in_what_is_written_down_unsealed(
        self, counterpart: Counterpart
    ) -> None:
        known = counterpart.known
        async with opened(counterpart) as session:
            matches = await found(session, known.refs, known.scope)
            given = [item for match in matches for item in await stream(session, match.ref, known.scope)]
            printed = [repr(match) for match in matches]
            printed += [item.cursor for item in given if isinstance(item, Mark)]
            printed += [item.origin.record_id for item in given if not isinstance(item, Mark)]
            printed += [repr(session), repr(session.collections)]
            printed.append(repr(await session.probe()))
            if takes(counterpart, OrderKind.ERASE):
                printed += [repr(await session.foresee(m.ref, known.scope, Erase())) for m in matches]
                printed += [repr(receipt) for _, receipt in await erase(counterpart, session, known)]
        _silent(printed, counterpart, "a match, a mark, a record's id, a plan or a receipt")

    async def test_no_secret_stands_in_how_the_settings_print(self, counterpart: Counterpart) -> None:
        _silent(
            [repr(counterpart.settings), str(counterpart.settings)], counterpart, "the settings' repr", ()
        )


async def everything_asked(counterpart: Counterpart) -> None:
    """All that a case asks of a system, from the probe to the erasure."""
    known = counterpart.known
    async with opened(counterpart) as session:
        await session.probe()
        await all_of(session.tenants(known.refs))
        for ref in await subjects(session, known):
            for item in await stream(session, ref, known.scope):
                if isinstance(item, Attachment):
                    await all_of(session.read(item, known.scope))
        if takes(counterpart, OrderKind.ERASE):
            for ref in await subjects(session, known):
                await session.foresee(ref, known.scope, Erase())
            await erase(counterpart, session, known)
        if counterpart.connector.manifest.lists_everyone:
            await all_of(session.everyone())


async def _asked_in_vain(counterpart: Counterpart, fault: Fault) -> list[str]:
    """The texts of what each call raises while the system misbehaves."""
    known = counterpart.known
    texts: list[str] = []
    async with opened(counterpart) as session:
        refs = [match.ref for match in await found(session, known.refs, known.scope)]
        asks: list[Callable[[], Awaitable[object]]] = [
            lambda: found(session, known.refs, known.scope),
            lambda: all_of(session.tenants(known.refs)),
        ]
        for ref in refs:
            asks.append(partial(stream, session, ref, known.scope))
            if takes(counterpart, OrderKind.ERASE):
                asks.append(partial(session.carry_out, ref, known.scope, Erase(), KEY))
        async with counterpart.misbehave(fault):
            for ask in asks:
                error = await raised(ask)
                texts += texts_of(error) if error is not None else []
    return texts


def texts_of(error: BaseException) -> Iterator[str]:
    """What a log would print of an error: its own text, and of all that led to it."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield f"{type(one).__name__}: {one} {one!r}"
        pending += [one.__cause__, None if one.__suppress_context__ else one.__context__]
        if isinstance(one, BaseExceptionGroup):
            pending += one.exceptions


def secrets_of(counterpart: Counterpart) -> list[str]:
    """The values of the settings that no answer ever shows."""
    names = counterpart.connector.manifest.secret_settings
    values: list[Any] = [getattr(counterpart.settings, name) for name in names]
    return [str(value) for value in values if value not in {None, ""}]


def _silent(
    texts: Sequence[str], counterpart: Counterpart, where: str, said: tuple[str, ...] | None = None
) -> None:
    values = counterpart.known.said if said is None else said
    for number, value in enumerate(values):
        if len(value) > HARMLESS_LENGTH:
            assert not any(value in text for text in texts), (
                f"{where} says a person's value: `said[{number}]`"
            )
    for number, value in enumerate(secrets_of(counterpart)):
        assert not any(value in text for text in texts), (
            f"{where} says the value of secret setting {number + 1}"
        )


def _text(record: logging.LogRecord) -> str:
    trace = "".join(texts_of(record.exc_info[1])) if record.exc_info and record.exc_info[1] else ""
    return f"{record.getMessage()} {trace}"
