"""Links ended, made anew and asked for again; downloads that run while what they rest on goes."""

import asyncio
import re
import secrets
from uuid import uuid4

import pytest
from stage_double import Row
from stage_fixtures import somebody_waits
from stage_office import EMAIL, PHONE

from dsar.delivery.downloading import Part
from dsar.delivery.fetching import CODES_A_LINK_MAX
from dsar.delivery.streaming import AT_ONCE_MAX, TooManyAtOnce
from dsar.domain.errors import InvalidInput, NotFound, NotNow
from dsar.domain.links import Ending, LinkEnded, NotGranted
from dsar.store import cases, deliveries
from dsar.vault import VaultError

STAFF = "staff:s"
LINK = re.compile(r"/download/([\w-]+)")


@pytest.fixture
async def case(office):
    """An answer whose archive is several pieces long."""
    system = await office.system("crm")
    system.person("a", ("email", EMAIL)).add(
        Row("a", "r1", {"name": "Anna Virtanen"}),
        Row("a", "talk", collection="calls", file=secrets.token_bytes(4_000_000)),
    )
    return await office.case(await office.asked_and_proven("access"))


def links(office, to=EMAIL):
    """The tokens of the links that went there, the newest first."""
    return [found[1] for message in office.messages(to) if (found := LINK.search(message.text))]


async def opened(office, token, to=EMAIL):
    await office.service.fetching.send_code(token)
    await office.work()
    return await office.service.fetching.open_with_code(token, office.code(to))


async def made(office, case, identity=None, actor=STAFF):
    async with office.db.write() as tx:
        link = await office.service.reissuing.make(tx, actor, case.id, identity)
    await office.work()
    return link


async def streamed(office, token, part=None):
    grant = await opened(office, token)
    return await office.service.downloading.for_person(token, grant, 1, part)


async def test_a_new_link_takes_the_place_of_the_old_and_brings_the_same_answer(office, case):
    (old,) = links(office)
    grant = await opened(office, old)
    link = await made(office, case)
    new = links(office)[0]
    assert new != old
    with pytest.raises(LinkEnded) as ended:
        await office.service.fetching.offered(old)
    assert ended.value.ending is Ending.ENDED
    with pytest.raises(LinkEnded):
        await office.service.downloading.for_person(old, grant, 1)
    with pytest.raises(NotGranted):
        await office.service.fetching.letter(new, grant)
    grant = await opened(office, new)
    assert "your copy" in (await office.service.fetching.letter(new, grant)).text
    pieces = [piece async for piece in await office.service.downloading.for_person(new, grant, 1)]
    assert sum(map(len, pieces)) > 4_000_000
    event = await office.event(case.id, "link.made")
    assert (event.actor, event.data) == (STAFF, {"link": str(link), "channel": "mail"})
    assert await office.broken() is None


async def test_staff_sees_every_link_and_each_access_of_it_by_no_address(office, case):
    (old,) = links(office)
    async for _ in await streamed(office, old):
        pass
    office.clock.turn(minutes=16)
    async for _ in await streamed(office, old, Part(10, 20)):
        pass
    await made(office, case)
    first, second = await office.service.reissuing.links(case.id)
    assert (first.ended, first.sent_to, first.channel, first.downloads_left) == (
        Ending.ENDED, "a…@e…", "mail", 4,
    )  # fmt: skip
    assert [(one.type, one.number, one.resumed) for one in first.accesses] == [
        ("answer.opened", None, False),
        ("bundle.downloaded", 1, False),
        ("answer.opened", None, False),
        ("bundle.downloaded", 1, True),
    ]
    assert (second.ended, second.accesses) == (None, [])
    office.clock.turn(days=31)
    await office.work()
    for link in await office.service.reissuing.links(case.id):
        assert (link.ended, link.sent_to) == (Ending.GONE, None)


async def test_a_link_is_made_only_to_a_proven_address_of_the_case_and_while_the_answer_is_kept(office, case):
    with pytest.raises(InvalidInput):
        await made(office, case, uuid4())
    (identity,) = await office.identities(case.id)
    await made(office, case, identity.id)
    office.clock.turn(days=31)
    await office.work()
    with pytest.raises(NotNow):
        await made(office, case)


async def test_an_archive_that_is_being_fetched_breaks_off_when_its_link_is_ended(office, case, sql):
    stream = await streamed(office, links(office)[0])
    await anext(stream)
    link = await sql.fetchval("SELECT id FROM download")
    await office.service.reissuing.revoke(STAFF, case.id, link)
    with pytest.raises(NotFound):
        await office.service.reissuing.revoke(STAFF, case.id, link)
    office.clock.turn(seconds=6)
    with pytest.raises(VaultError):
        await anext(stream)


@pytest.mark.parametrize("part", [None, Part(5, 3_900_000)], ids=["whole", "part"])
async def test_an_archive_that_is_being_fetched_breaks_off_when_its_key_is_destroyed(office, case, part):
    stream = await streamed(office, links(office)[0], part)
    await anext(stream)
    office.clock.turn(days=31)
    await office.work()
    assert (await office.one(case.id)).wrapped_key is None
    with pytest.raises(VaultError):
        await anext(stream)


async def test_a_download_that_began_in_time_ends_after_link_and_code_are_over(office, case):
    stream = await streamed(office, links(office)[0])
    size = len(await anext(stream))
    office.clock.turn(days=15)
    async for piece in stream:
        size += len(piece)
    assert size > 4_000_000
    with pytest.raises(LinkEnded):
        await office.service.fetching.offered(links(office)[0])


async def test_so_many_downloads_of_a_link_run_at_once_and_one_that_is_left_makes_room(office, case, sql):
    token = links(office)[0]
    grant = await opened(office, token)
    running = [await office.service.downloading.for_person(token, grant, 1) for _ in range(AT_ONCE_MAX)]
    for stream in running:
        await anext(stream)
    with pytest.raises(TooManyAtOnce):
        await office.service.downloading.for_person(token, grant, 1)
    await running.pop().aclose()  # as the server does when its client has gone away
    stream = await office.service.downloading.for_person(token, grant, 1, Part(0, 10))
    assert b"".join([piece async for piece in stream])[:2] == b"PK"
    for stream in running:
        await stream.aclose()
    assert (
        await sql.fetchval("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'") == 0
    )


async def test_who_holds_a_link_whose_days_are_over_gets_another_in_the_same_mailbox(office, case):
    (old,) = links(office)
    await office.service.reissuing.ask_again(old)  # it is good: nothing is made
    await office.work()
    assert links(office) == [old]
    office.clock.turn(days=14)
    await asyncio.gather(*(office.service.reissuing.ask_again(old) for _ in range(5)))
    await office.work()
    assert len(links(office)) == 2
    with pytest.raises(NotFound):
        await office.service.reissuing.ask_again("unknown")
    assert (await office.event(case.id, "link.made")).actor == "person"
    await opened(office, links(office)[0])


async def test_what_staff_has_ended_is_not_made_anew_by_asking(office, case, sql):
    (token,) = links(office)
    await office.service.reissuing.revoke(STAFF, case.id, await sql.fetchval("SELECT id FROM download"))
    office.clock.turn(days=14)
    await office.service.reissuing.ask_again(token)
    await office.work()
    assert links(office) == [token]


NEW = "anna.new@example.org"


async def readdressed(office, case, **new):
    from dsar.delivery.readdressing import NewAddress

    staff = await office.staff(secrets.token_hex(4))
    async with office.db.write() as tx:
        await office.service.readdressing.set(
            tx, staff.name, staff.id, case.id, NewAddress(checked="Called back on the known number.", **new)
        )
    await office.work()


@pytest.mark.parametrize(
    ("new", "to"), [({"email": NEW.upper()}, NEW), ({"phone": "+358 40 7654321"}, "+358407654321")],
    ids=["email", "phone"],
)  # fmt: skip
async def test_a_new_address_gets_its_link_when_it_is_proven_and_not_before(office, case, new, to):
    # GDPR 12(6): whoever asks for another address proves who they are once more
    (old,) = links(office)
    await readdressed(office, case, **new)
    told = office.messages(to)
    assert len(told) == 1
    assert case.reference not in told[0].text
    assert links(office, to) == []
    await office.service.fetching.offered(old)
    assert "another address" in office.messages(EMAIL)[0].text
    proving = office.service.readdressing
    assert len(await proving.awaited(case.reference)) == 1
    code = office.code(to)
    with pytest.raises(InvalidInput):
        await proving.prove(case.reference, f"{(int(code) + 1) % 10**6:06d}")
    await proving.prove(case.reference, code)
    await office.work()
    assert await proving.awaited(case.reference) == []
    with pytest.raises(LinkEnded):
        await office.service.fetching.offered(old)
    assert len(links(office)) == 1
    (token,) = links(office, to)
    await opened(office, token, to)
    office.clock.turn(days=31)
    await office.work()
    assert "is closed" in office.messages(to)[0].text
    assert await office.broken() is None


async def test_a_mistyped_address_learns_nothing_and_opens_nothing(office, case):
    await readdressed(office, case, email="stranger@example.net")
    await readdressed(office, case, email=NEW)
    message = office.messages("stranger@example.net")[0]
    for told in (case.reference, "/download/", "/verify/", "Anna", EMAIL):
        assert told not in message.text
    # The latest address counts: the stranger's code is dead even for who knows the reference.
    with pytest.raises(InvalidInput):
        await office.service.readdressing.prove(case.reference, office.code("stranger@example.net"))
    await office.service.readdressing.prove(case.reference, office.code(NEW))


async def test_a_new_address_that_the_person_did_not_ask_for_is_called_back_by_a_new_link(office, case):
    await readdressed(office, case, email=NEW)
    await made(office, case)
    assert await office.service.readdressing.awaited(case.reference) == []
    with pytest.raises(InvalidInput):
        await office.service.readdressing.prove(case.reference, office.code(NEW))
    await readdressed(office, case, email=NEW)  # and may be set once more, when it was they after all
    await office.service.readdressing.prove(case.reference, office.code(NEW))


async def test_a_code_for_a_new_address_is_dead_after_five_tries_and_codes_are_counted(office, case):
    await readdressed(office, case, email=NEW)
    proving, code = office.service.readdressing, office.code(NEW)
    for _ in range(5):
        with pytest.raises(InvalidInput):
            await proving.prove(case.reference, f"{(int(code) + 1) % 10**6:06d}")
    with pytest.raises(InvalidInput):
        await proving.prove(case.reference, code)
    with pytest.raises(InvalidInput, match="too often"):  # noqa: PT012 - at one of them
        for _ in range(10):
            await proving.send_again(case.reference)


@pytest.mark.parametrize(
    "new",
    [{}, {"email": NEW, "phone": PHONE}, {"email": "no address"}, {"email": EMAIL}],
    ids=["none", "both", "bad", "proven"],
)
async def test_an_address_that_cannot_be_used_is_refused_by_its_field(office, case, new):
    before = await office.events(case.id)
    with pytest.raises(InvalidInput):
        await readdressed(office, case, **new)
    assert await office.events(case.id) == before


async def test_a_code_that_is_typed_while_its_link_is_ended_opens_nothing_and_blocks_nobody(
    office, case, sql
):
    (token,) = links(office)
    await office.service.fetching.send_code(token)
    await office.work()
    async with office.db.write() as tx:
        await cases.lock(tx, case.id)
        typed = asyncio.create_task(office.service.fetching.open_with_code(token, office.code(EMAIL)))
        await somebody_waits(sql)
        await deliveries.revoke_downloads(tx, case.id, office.clock())
    with pytest.raises(LinkEnded):
        await typed
    assert "answer.opened" not in [event.type for event in await office.events(case.id)]


async def test_downloads_that_are_asked_for_at_the_same_moment_are_no_more_than_may_run(office, case):
    token = links(office)[0]
    grant = await opened(office, token)
    asked = [office.service.downloading.for_person(token, grant, 1) for _ in range(AT_ONCE_MAX + 4)]
    met = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, TooManyAtOnce) for one in met) == 4
    del met  # what nobody ever read holds no place either
    assert await office.service.downloading.for_person(token, grant, 1)


async def test_who_spends_all_codes_of_a_link_locks_nobody_out_of_a_new_one(office, case):
    # GDPR 12(2): the exercise of a right is made easy, for somebody else's mischief too
    (token,) = links(office)
    with pytest.raises(InvalidInput, match="new link"):  # noqa: PT012 - at one of them
        for _ in range(CODES_A_LINK_MAX + 1):
            office.clock.turn(minutes=6, seconds=1)
            await office.service.fetching.send_code(token)
    office.clock.turn(hours=1)
    await made(office, case)
    await opened(office, links(office)[0])
