"""Codes: ten minutes, five tries, then a new one; and how far guessing gets."""

from itertools import count

import pytest

from dsar.domain.proof import CODE_DIGITS, CODES_AN_HOUR_MAX, TRIES_MAX
from dsar.intake.proving import CODES_A_REQUEST_MAX

from .world import KNOWN, World

CODES = 10**CODE_DIGITS


async def wrong(world: World, to: str = KNOWN) -> str:
    """Six digits that are not the ones sent."""
    return f"{(int(await world.code(to)) + 1) % CODES:06d}"


async def tries(world: World) -> int:
    return int((await world.rows("SELECT coalesce(sum(tries), 0) AS n FROM challenge"))[0]["n"])


async def state(world: World, reference: str) -> str:
    return str((await world.cases(reference))[0]["state"])


async def test_a_right_code_begins_the_work(world: World) -> None:
    reference = await world.asked()
    await world.prove(reference)
    assert await state(world, reference) == "searching"


@pytest.mark.parametrize("typed", ["{} {}", " {}{} ", "{}{}\n"])
async def test_a_code_may_be_typed_with_spaces(world: World, typed: str) -> None:
    reference = await world.asked()
    code = await world.code(KNOWN)
    answer = await world.type_code(reference, "email", typed.format(code[:3], code[3:]))
    assert answer.status_code == 303


async def test_a_wrong_code_says_so_beside_its_field(world: World) -> None:
    reference = await world.asked()
    typed = await wrong(world)
    answer = await world.type_code(reference, "email", typed)
    assert answer.status_code == 422
    assert "is not the one we sent" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert typed not in answer.text


async def test_after_five_tries_the_right_code_is_refused_and_a_new_one_works(world: World) -> None:
    reference = await world.asked()
    right, typed = await world.code(KNOWN), await wrong(world)
    for _ in range(TRIES_MAX):
        assert (await world.type_code(reference, "email", typed)).status_code == 422
    late = await world.type_code(reference, "email", right)
    assert late.status_code == 422
    assert "can no longer be used" in late.text
    assert await state(world, reference) == "awaiting_identity"
    sent = await world.client.post(f"/verify/{reference}/send", data={"kind": "email"})
    assert sent.status_code == 200
    await world.prove(reference)


async def test_an_expired_code_is_refused(world: World) -> None:
    reference = await world.asked()
    right = await world.code(KNOWN)
    world.clock.forward(minutes=10)
    late = await world.type_code(reference, "email", right)
    assert late.status_code == 422
    assert "has expired" in late.text
    assert await tries(world) == 0


async def test_a_used_code_is_refused(world: World) -> None:
    reference = await world.asked()
    right = await world.code(KNOWN)
    await world.type_code(reference, "email", right)
    assert (await world.type_code(reference, "email", right)).status_code == 422


async def test_an_older_code_is_refused_once_a_newer_was_sent(world: World) -> None:
    reference = await world.asked()
    older = await world.code(KNOWN)
    await world.client.post(f"/verify/{reference}/send", data={"kind": "email"})
    newer = await world.code(KNOWN)
    if older != newer:  # but for one time in a million
        assert (await world.type_code(reference, "email", older)).status_code == 422
    assert (await world.type_code(reference, "email", newer)).status_code == 303


async def test_too_many_codes_are_refused_for_an_hour(world: World) -> None:
    reference = await world.asked()
    for _ in range(CODES_AN_HOUR_MAX - 1):
        assert (
            await world.client.post(f"/verify/{reference}/send", data={"kind": "email"})
        ).status_code == 200
    before = await world.counts()
    refused = await world.client.post(f"/verify/{reference}/send", data={"kind": "email"})
    assert refused.status_code == 422
    assert "too often" in refused.text
    assert await world.counts() == before
    world.clock.forward(minutes=61)
    assert (await world.client.post(f"/verify/{reference}/send", data={"kind": "email"})).status_code == 200


@pytest.mark.parametrize("kind", ["account_id", "", "sms", "EMAIL", "../email"])
async def test_a_kind_that_takes_no_code_is_refused(world: World, kind: str) -> None:
    reference = await world.asked(account_id="acct-1")
    before = await world.counts()
    for path in (f"/verify/{reference}", f"/verify/{reference}/send"):
        answer = await world.client.post(path, data={"kind": kind, "code": "000000"})
        assert answer.status_code == 422
    assert await world.counts() == before


async def test_a_kind_that_the_request_lacks_opens_nothing(world: World) -> None:
    reference = await world.asked(email=KNOWN)
    assert (await world.type_code(reference, "phone", "000000")).status_code == 422
    assert await state(world, reference) == "awaiting_identity"


@pytest.mark.parametrize(
    "code",
    [
        "",
        "١٢٣٤٥٦",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "\x00\x00",
        "9" * 10_000,
        "<script>",
        "%s%s%s",
        "1e5",
        "-12345",
    ],
)
async def test_an_absurd_code_is_only_wrong(world: World, code: str) -> None:
    reference = await world.asked()
    answer = await world.type_code(reference, "email", code)
    assert answer.status_code == 422
    assert "<script>" not in answer.text


async def test_two_tries_at_once_count_as_two(world: World) -> None:
    import asyncio

    reference = await world.asked()
    typed = await wrong(world)
    await asyncio.gather(*(world.type_code(reference, "email", typed) for _ in range(12)))
    assert await tries(world) == TRIES_MAX


async def test_one_hour_of_guessing_opens_a_request_once_in_forty_thousand(world: World) -> None:
    """25 guesses among a million: 2.5e-5. Every guess that is judged counts, and no more are judged."""
    reference = await world.asked()
    guesses = (f"{number:06d}" for number in count())
    for _ in range(20):
        for _ in range(8):
            await world.type_code(reference, "email", next(guesses))
        await world.client.post(f"/verify/{reference}/send", data={"kind": "email"})
    judged = await tries(world)
    assert judged == CODES_AN_HOUR_MAX * TRIES_MAX == 25
    assert judged / CODES <= 2.5e-5


async def test_a_request_open_for_ever_is_opened_by_guessing_once_in_ten_thousand(world: World) -> None:
    reference = await world.asked()
    sent = 1
    for _ in range(40):
        world.clock.forward(minutes=61)
        answer = await world.client.post(f"/verify/{reference}/send", data={"kind": "email"})
        sent += answer.status_code == 200
    assert sent == CODES_A_REQUEST_MAX
    assert sent * TRIES_MAX / CODES <= 1e-4


async def test_an_address_gets_a_bounded_number_of_codes_over_all_requests(world: World) -> None:
    for _ in range(40):
        await world.asked(email=KNOWN)
    assert (await world.counts())["challenge"] <= 4 * CODES_AN_HOUR_MAX
