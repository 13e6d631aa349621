"""What is wrong is said beside its field, with JavaScript off, at both widths; what was typed stays.

Each test has an address of its own: an address gets ten codes an hour and no more.
"""

import pytest


@pytest.fixture(params=["desktop", "phone"])
async def visitor(visit, request):
    return await visit(request.param, java_script_enabled=False)


async def beside(visitor, field):
    """The error that is tied to a field, and stands near it."""
    ids = (await visitor.page.get_attribute(f"#{field}", "aria-describedby") or "").split()
    assert f"{field}-error" in ids
    assert await visitor.page.get_attribute(f"#{field}", "aria-invalid") == "true"
    error, box = visitor.page.locator(f"#{field}-error"), visitor.page.locator(f"#{field}")
    distance = (await box.bounding_box())["y"] - (await error.bounding_box())["y"]
    assert 0 < distance < 200
    return await error.inner_text()


async def test_an_empty_form_says_what_is_missing(visitor):
    await visitor.go("/")
    await visitor.press("Send")
    await visitor.look("errors-empty")

    for field in ("rights", "relations"):
        fieldset = visitor.page.locator(f"fieldset[aria-describedby*='{field}-error']")
        assert "is missing" in await fieldset.locator(f"#{field}-error").inner_text()
    assert "e-mail" in (await beside(visitor, "email")).lower()
    assert (await visitor.page.title()).startswith("Error:")


async def test_absurd_addresses_are_named_and_what_was_typed_stays(visitor):
    await visitor.fill_in(
        rights=["erasure"],
        relation="caller",
        email="not an address",
        phone="12",
        message="Hello <b>there</b>",
    )
    await visitor.press("Send")
    await visitor.look("errors-addresses")

    assert await beside(visitor, "email")
    assert await beside(visitor, "phone")
    assert await visitor.page.input_value("#email") == "not an address"
    assert await visitor.page.input_value("#message") == "Hello <b>there</b>"
    assert await visitor.page.is_checked("input[name=rights][value=erasure]")
    assert await visitor.page.is_checked("input[name=relations][value=caller]")


async def test_the_summary_leads_to_the_field(visitor):
    await visitor.fill_in(rights=["access"], relation="prospect", email="nobody@")
    await visitor.press("Send")
    await visitor.page.locator(".summary a[href='#email']").click()

    assert visitor.page.url.endswith("#email")


async def test_a_wrong_code_is_said_beside_it_and_a_new_one_can_be_had(visitor):
    await visitor.fill_in(rights=["access"], relation="prospect", email=f"wrong-{visitor.screen}@example.com")
    await visitor.press("Send")
    await visitor.page.wait_for_url("**/verify/*")
    reference = await visitor.reference()
    right = await visitor.code(reference, "code")
    await visitor.page.fill("#code-email", "000000" if right != "000000" else "000001")
    await visitor.press("Confirm")
    await visitor.look("errors-code")

    assert "code" in (await beside(visitor, "code-email")).lower()

    await visitor.press("Send a new code")
    assert await visitor.page.get_by_role("status").inner_text()
    await visitor.look("new-code")


@pytest.mark.parametrize("path", ["/requests/R-0000-0000-0000-0000", "/download/nothing", "/nowhere"])
async def test_what_is_not_there_is_said_in_a_page_with_a_way_on(visitor, path):
    answer = await visitor.go(path)
    await visitor.look(f"problem-{path.split('/')[1]}")

    assert answer.status == 404
    assert await visitor.page.get_by_role("link", name="make a request").count()


async def test_a_get_of_a_link_spends_nothing(visitor):
    await visitor.fill_in(
        rights=["objection"], relation="prospect", email=f"get-{visitor.screen}@example.com"
    )
    await visitor.press("Send")
    await visitor.page.wait_for_url("**/verify/*")
    reference = await visitor.reference()
    code = await visitor.code(reference, "code")
    for _ in range(3):
        await visitor.go(f"/verify/{reference}?code={code}&kind=email")
    assert await visitor.page.locator("#code-email").count()

    await visitor.page.fill("#code-email", code)
    await visitor.press("Confirm")

    await visitor.page.get_by_role("heading", name="The work has begun").wait_for()
