"""What an answer means: errors by their class, pages to their true end, bytes taken up where they broke off."""

from contextlib import aclosing
from datetime import UTC, datetime

import httpx
import pytest

from dsar.contract import Refused, Throttled, Unauthorised, Unreachable
from dsar_s3 import Index, Place, S3Settings, fault, listing, markup, reading
from dsar_s3.api import Api
from dsar_s3.entries import Sort
from dsar_s3.fault import Absent, Denied, Overtaken
from dsar_s3.index import lines, read
from dsar_s3.signing import signer

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PLACE = Place(key="x", bucket="b-1", category="c", description="d", pattern="{phone}")
SETTINGS = S3Settings(region="eu-north-1", access_key_id="A", secret_access_key="S", places=(PLACE,))
BYTES = bytes(range(256)) * 2_000
ETAG = '"abc"'


def xml(code):
    return f"<Error><Code>{code}</Code><Key>+358401234567</Key></Error>".encode()


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        (401, None, Unauthorised),
        (403, "InvalidAccessKeyId", Unauthorised),
        (403, "SignatureDoesNotMatch", Unauthorised),
        (400, "ExpiredToken", Unauthorised),
        (403, "AccessDenied", Denied),
        (403, None, Denied),
        (403, "InvalidObjectState", Refused),
        (403, "RequestTimeTooSkewed", Unreachable),
        (404, "NoSuchKey", Absent),
        (404, "NoSuchVersion", Absent),
        (404, "NoSuchBucket", Refused),
        (404, None, Refused),
        (412, "PreconditionFailed", Overtaken),
        (409, "ConditionalRequestConflict", Overtaken),
        (400, "AuthorizationHeaderMalformed", Refused),
        (429, None, Throttled),
        (503, "SlowDown", Throttled),
        (503, None, Unreachable),
        (500, "InternalError", Unreachable),
        (400, "RequestTimeout", Unreachable),
        (501, "NotImplemented", Refused),
    ],
)
def test_an_error_says_what_to_do(status, code, wanted):
    raised = fault.error(status, code, {}, "s3:GetObject", NOW, bodiless=False)
    assert type(raised) is wanted
    assert "s3:GetObject" in str(raised)


@pytest.mark.parametrize(
    ("asked", "seconds"), [("7", 7), (None, 5), ("soon", 5), ("0", 1), ("1e9", 3600), ("nan", 5), ("inf", 5)]
)
def test_a_throttled_call_waits_as_it_is_asked_within_bounds(asked, seconds):
    headers = {} if asked is None else {"Retry-After": asked}
    raised = fault.error(429, None, headers, "s3:GetObject", NOW, bodiless=False)
    assert isinstance(raised, Throttled)
    assert (raised.until - NOW).total_seconds() == seconds


def test_a_missing_object_is_told_from_a_proxy_that_knows_none():
    assert isinstance(fault.error(404, None, {}, "c", NOW, bodiless=True), Absent)
    assert not isinstance(fault.error(404, None, {}, "c", NOW, bodiless=False), Absent)


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb">]><ListVersionsResult>&b;</ListVersionsResult>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html/>",
        b"<ListVersionsResult>",
        b"<Error/>",
        b"\x00",
        BOMB.encode(),
        BOMB.encode("utf-16"),
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><ListVersionsResult/>",
    ],
    ids=["empty", "html", "cut", "error", "binary", "bomb", "bomb-utf16", "external"],
)
def test_what_is_no_answer_is_broken(body):
    with pytest.raises(Unreachable):
        markup.read(body, "ListVersionsResult", "s3:ListBucketVersions")


def api(*answers):
    """A store that gives these answers in turn; the requests that it saw."""
    seen: list[httpx.Request] = []
    given = iter(answers)

    def answer(request):
        seen.append(request)
        each = next(given)
        if isinstance(each, Exception):
            raise each
        return each

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Api(SETTINGS, http, signer(SETTINGS)), seen


def page(inside, more="false"):
    text = f"<ListVersionsResult xmlns='s3'><IsTruncated>{more}</IsTruncated>{inside}</ListVersionsResult>"
    return httpx.Response(200, content=text.encode())


def one(key, version="v", **more):
    named = {
        "Key": key,
        "VersionId": version,
        "LastModified": "2026-03-02T00:00:00.000Z",
        "Size": "4",
        **more,
    }
    return "<Version>" + "".join(f"<{name}>{value}</{name}>" for name, value in named.items()) + "</Version>"


URL = "<EncodingType>url</EncodingType>"


async def test_a_key_is_unescaped_where_the_page_says_that_it_is_escaped():
    store, _ = api(page(URL + one("a+b%2B%252F%C3%A4")), page(one("a+b%2B")))
    assert [entry.key async for entry in listing.versions(store, "b-1", "a")] == ["a b+%2Fä"]
    assert [entry.key async for entry in listing.versions(store, "b-1", "a")] == ["a+b%2B"]


async def test_the_next_page_begins_at_the_mark_of_the_last_escaped_as_it_is():
    marks = "<NextKeyMarker>a%2Bb</NextKeyMarker><NextVersionIdMarker>v+1</NextVersionIdMarker>"
    store, seen = api(page(URL + one("a") + marks, more="true"), page(URL + one("b")))

    assert [entry.key async for entry in listing.versions(store, "b-1", "")] == ["a", "b"]
    assert seen[1].url.params["key-marker"] == "a+b"
    assert seen[1].url.params["version-id-marker"] == "v+1"


@pytest.mark.parametrize(
    ("inside", "more"),
    [
        ("", "true"),
        ("", ""),
        ("", "maybe"),
        (one(""), "false"),
        (one("a", Size="many"), "false"),
        (one("a", LastModified="yesterday"), "false"),
    ],
    ids=["no-mark", "not-said", "nonsense", "no-key", "no-size", "no-time"],
)
async def test_a_page_that_is_not_sound_is_never_the_end(inside, more):
    store, _ = api(page(inside, more))
    with pytest.raises(Unreachable):
        _ = [entry async for entry in listing.versions(store, "b-1", "")]


async def test_a_listing_that_goes_in_a_circle_is_cut():
    one_way, back = (page(f"<NextKeyMarker>{mark}</NextKeyMarker>", "true") for mark in "ab")
    for pages, asked in (([one_way] * 3, 2), ([one_way, back, one_way, back], 3)):
        store, seen = api(*pages)
        with pytest.raises(Unreachable, match="in a circle"):
            _ = [entry async for entry in listing.versions(store, "b-1", "")]
        assert len(seen) == asked


async def test_a_mark_goes_with_the_key_that_it_is_of_and_with_no_later_one():
    first = "<NextKeyMarker>a</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>"
    store, seen = api(page(first, "true"), page("<NextKeyMarker>b</NextKeyMarker>", "true"), page(""))
    _ = [entry async for entry in listing.versions(store, "b-1", "")]
    assert seen[1].url.params["version-id-marker"] == "v1"
    assert "version-id-marker" not in seen[2].url.params


@pytest.mark.parametrize(
    "text",
    [
        b"key,tel\na.wav,+358401234567,\n",
        b"key,name,tel\na.wav,Virtanen, Anna,+358401234567\n",
        b"key,name,tel\na.wav,+358401234567\n",
        b"key,tel,tel\na.wav,+358401234567,\n",
    ],
    ids=["one-more", "bare-comma", "one-less", "name-twice"],
)
async def test_a_row_of_an_index_whose_fields_cannot_be_told_apart_is_never_passed_over(text):
    index = Index(object="index.csv", format="csv", identities={"phone": "tel"})
    with pytest.raises(Refused, match=r"mend the line|of its own"):
        _ = [row async for row in read(lines(reading.at_once(text)), index)]


async def test_markers_are_told_from_versions():
    marker = "<DeleteMarker><Key>a</Key><VersionId>m</VersionId><LastModified>2026-03-02T00:00:00Z</LastModified></DeleteMarker>"
    store, _ = api(page(marker + one("a")))
    assert [entry.sort async for entry in listing.versions(store, "b-1", "")] == [Sort.MARKER, Sort.VERSION]


class Breaking(httpx.AsyncByteStream):
    """So many bytes, and then the connection is gone."""

    def __init__(self, body):
        self.body = body

    async def __aiter__(self):
        yield self.body
        raise httpx.ReadError("gone")


class Whole(Breaking):
    async def __aiter__(self):
        yield self.body


def answer(stream, length, status=200, **headers):
    said = {"etag": ETAG, "content-length": str(length), **headers}
    return httpx.Response(status, headers=said, stream=stream)


async def taken(store):
    wanted = reading.Object("b-1", "k", {"versionId": "v"}, ETAG, len(BYTES))
    async with aclosing(reading.whole(store, wanted)) as pieces:
        return b"".join([piece async for piece in pieces])


async def test_a_connection_that_breaks_is_taken_up_where_it_broke_at_the_same_object():
    cut = reading.PIECE_BYTES + 7
    # Of what came in pieces the last, incomplete one is lost with the connection, and asked for again.
    at = reading.PIECE_BYTES
    rest = answer(
        Whole(BYTES[at:]),
        len(BYTES) - at,
        206,
        **{"content-range": f"bytes {at}-{len(BYTES) - 1}/{len(BYTES)}"},
    )
    store, seen = api(answer(Breaking(BYTES[:cut]), len(BYTES)), rest)

    assert await taken(store) == BYTES
    assert "range" not in seen[0].headers
    assert seen[1].headers["range"] == f"bytes={at}-"
    assert seen[1].headers["if-match"] == ETAG
    assert seen[1].url.params["versionId"] == "v"


@pytest.mark.parametrize(
    ("second", "wanted"),
    [
        (answer(Whole(BYTES), len(BYTES)), Unreachable),
        (answer(Whole(b"x"), 1, 206, **{"content-range": "bytes 0-0/1"}), Unreachable),
        (httpx.Response(412, stream=Whole(xml("PreconditionFailed"))), Refused),
        (httpx.Response(404, stream=Whole(xml("NoSuchVersion"))), Refused),
        (httpx.Response(503, stream=Whole(xml("SlowDown"))), Throttled),
        (httpx.ConnectError("no"), Unreachable),
    ],
    ids=["from-the-beginning", "elsewhere", "overwritten", "gone", "throttled", "no-connection"],
)
async def test_what_does_not_go_on_where_it_broke_off_is_no_object(second, wanted):
    store, _ = api(answer(Breaking(BYTES[: reading.PIECE_BYTES]), len(BYTES)), second)
    with pytest.raises(wanted) as raised:
        await taken(store)
    assert "358401234567" not in str(raised.value)


async def test_a_connection_that_breaks_without_a_byte_is_given_up():
    breaking = [answer(Breaking(b""), len(BYTES)) for _ in range(reading.RESUMED_MAX)]
    store, seen = api(*breaking)
    with pytest.raises(Unreachable, match="broke off"):
        await taken(store)
    assert len(seen) == reading.RESUMED_MAX


@pytest.mark.parametrize(
    "given",
    [
        answer(Whole(BYTES[:-1]), len(BYTES)),
        answer(Whole(BYTES + b"x"), len(BYTES)),
        answer(Whole(BYTES), len(BYTES), etag='"other"'),
        answer(Whole(BYTES), 7),
        httpx.Response(200, stream=Whole(BYTES)),
    ],
    ids=["short", "long", "another", "another-size", "unsaid"],
)
async def test_bytes_that_are_not_the_objects_are_no_object(given):
    store, _ = api(given)
    with pytest.raises(Unreachable):
        await taken(store)


async def test_a_redirect_is_refused_and_not_followed():
    store, seen = api(httpx.Response(307, headers={"location": "https://elsewhere.example/"}))
    with pytest.raises(Refused, match="redirect"):
        _ = [entry async for entry in listing.versions(store, "b-1", "")]
    assert len(seen) == 1
