"""A link that has ended: every address of it says how and what to do, and nothing of what it led to."""

from .test_web_download import opened
from .world import World

ALL = (("GET", ""), ("POST", ""), ("POST", "/send"), ("GET", "/bundle/1"), ("HEAD", "/bundle/1"))


async def all_dead(world: World, link: str, says: str) -> None:
    """Every address of a dead link says how it ended and what to do, and nothing of what it led to."""
    before = await world.snapshot()
    for method, path in ALL:
        answer = await world.client.request(method, link + path, headers={"accept": "text/html"})
        assert answer.status_code in {404, 410}, path
        if method == "HEAD":
            continue
        assert answer.status_code == 410
        assert "This link has ended" in answer.text
        assert says in answer.text
        assert "privacy@demo-voice.example" in answer.text
        for told in ("R-", "a…@e…", "See my data", "zip archive", "downloads"):
            assert told not in answer.text
    assert await world.snapshot() == before


async def test_a_link_expires(world: World) -> None:
    _, link = await world.answered()
    await opened(world, link)
    world.clock.forward(days=14)
    await all_dead(world, link, "that date has passed")


async def test_a_revoked_link_opens_nothing(world: World) -> None:
    reference, link = await world.answered()
    await opened(world, link)
    await world.run("UPDATE download SET revoked_at = now()")
    await all_dead(world, link, "we have ended it")
    assert (await world.client.get(f"/requests/{reference}")).status_code == 200


async def test_a_token_that_never_was_one_looks_like_any_other_that_never_was(world: World) -> None:
    _, link = await world.answered()
    world.clock.forward(days=14)
    guesses = [f"/download/{'x' * 43}", link[:-1] + ("a" if link[-1] != "a" else "b")]
    pages = [(await world.client.get(guess, headers={"accept": "text/html"})) for guess in guesses]
    assert {page.status_code for page in pages} == {404}
    assert "has ended" not in pages[0].text + pages[1].text
    assert (await world.client.post(f"{guesses[0]}/again")).status_code == 404


async def test_after_the_closing_nothing_opens_and_nothing_can_be_read(world: World) -> None:
    reference, link = await world.answered()
    await opened(world, link)
    world.clock.forward(days=31)
    await world.drain()
    case = (await world.cases(reference))[0]
    assert case["state"] == "closed"
    assert case["wrapped_key"] is None
    await all_dead(world, link, "our copy of the answer is destroyed")
    assert "Send me a new link" not in (await world.client.get(link)).text
    assert (await world.client.get(f"/requests/{reference}")).status_code == 200
    assert (await world.client.get(f"/verify/{reference}")).status_code == 200
    assert (await world.client.post(f"/verify/{reference}/send", data={"kind": "email"})).status_code in {
        200,
        410,
    }
