"""Who is found: whole identities only, in the customer's own part, and by no more of a listing than is needed."""

import httpx
import pytest

from dsar.contract import Field, Held, Ref, Refused, Use
from dsar_s3 import Index, Labels, Place

from .asking import FOLDER, OWN, PHONE, T1, T2, exported, found, keys, opened, records
from .counterpart import NOTES, PAPER, RECORDINGS
from .store import CALLS, PAPERS

UPLOADS = Place(
    key="uploads",
    bucket=CALLS,
    category="account",
    description="Uploads",
    pattern="uploads/{account_id}/{rest}",
)
DATED = Place(
    key="dated",
    bucket=CALLS,
    category="call_recordings",
    description="Calls",
    pattern="dated/{date}/{phone}.wav",
    scan=True,
)


class Listening(httpx.AsyncHTTPTransport):
    """Notes the requests' prefixes."""

    def __init__(self):
        super().__init__(verify=False)
        self.prefixes = []

    async def handle_async_request(self, request):
        if "prefix" in request.url.params:
            self.prefixes.append(request.url.params["prefix"])
        return await super().handle_async_request(request)


@pytest.mark.parametrize("other", ["+35840123456", "+3584012345678", "+358401234568", "+5358401234567"])
async def test_a_number_that_begins_or_ends_like_another_is_nobodys(store, other):
    store.put(f"recordings/t1/{other}/a.wav")
    store.put("recordings/t1/+358401234567x/a.wav")
    async with opened(store, RECORDINGS) as session:
        assert await found(session) == []
        assert await found(session, Ref("phone", other)) == [Ref("phone", other)]


@pytest.mark.parametrize("form", ["+358401234567", "358401234567", "00358401234567"])
async def test_a_number_is_found_in_each_of_its_forms(store, form):
    store.put(f"recordings/t1/{form}/a.wav")
    async with opened(store, RECORDINGS) as session:
        assert await found(session) == [PHONE]
        assert keys(await exported(session)) == [f"recordings/t1/{form}/a.wav"]


async def test_only_what_lies_under_the_persons_prefix_is_listed(store):
    store.put(f"{FOLDER}a.wav")
    transport = Listening()
    async with opened(store, RECORDINGS, transport=transport) as session:
        await exported(session)
    assert set(transport.prefixes) == {
        "recordings/t1/+358401234567/",
        "recordings/t1/358401234567/",
        "recordings/t1/00358401234567/",
    }


async def test_another_customers_object_is_out_of_reach(store):
    store.put(f"{FOLDER}a.wav")
    async with opened(store, RECORDINGS) as session:
        assert await found(session, scope=T2) == []
        assert await found(session, scope=OWN) == []
        assert await exported(session, scope=T2) == []


async def test_the_operators_own_customers_are_its_own_scope_and_no_hits(store):
    store.put("recordings/us/+358401234567/a.wav")
    store.put(f"{FOLDER}a.wav")
    async with opened(store, RECORDINGS, operator_tenants=("us",)) as session:
        assert keys(await exported(session, scope=OWN)) == ["recordings/us/+358401234567/a.wav"]
        assert [hit.tenant async for hit in session.tenants([PHONE])] == ["t1"]
        assert {held async for held in session.everyone()} == {Held(PHONE), Held(PHONE, "t1")}


async def test_a_place_without_customers_is_the_operators_own(store):
    store.put("uploads/u-1/deep/a b.pdf")
    store.put("uploads/u-10/a.pdf")
    ref = Ref("account_id", "u-1")
    async with opened(store, UPLOADS) as session:
        assert keys(await exported(session, ref, OWN)) == ["uploads/u-1/deep/a b.pdf"]
        assert await found(session, ref, scope=T1) == []
        assert [hit async for hit in session.tenants([ref])] == []


async def test_a_key_that_names_the_person_late_is_found_by_a_scan_alone(store):
    store.put("dated/2026-03-02/+358401234567.wav")
    store.put("dated/2026-03-02/+3584012345678.wav")
    async with opened(store, DATED) as session:
        assert keys(await exported(session, scope=OWN)) == ["dated/2026-03-02/+358401234567.wav"]


async def test_customers_are_named_with_how_much_they_hold(store):
    for tenant, count in (("t1", 3), ("t2", 1), ("t3", 0)):
        store.put(f"recordings/{tenant}/+358409999999/a.wav")
        for number in range(count):
            store.put(f"recordings/{tenant}/+358401234567/{number}.wav")
    async with opened(store, RECORDINGS) as session:
        hits = [hit async for hit in session.tenants([PHONE, PHONE])]
    assert [(hit.tenant, hit.found_by, dict(hit.counts)) for hit in hits] == [
        ("t1", PHONE, {"recordings": 3}),
        ("t2", PHONE, {"recordings": 1}),
    ]


async def test_an_address_is_read_in_any_case_from_index_and_labels(store):
    store.put(
        "index/t1.jsonl", b'{"file": "a.pdf", "mail": "Anna@X.FI"}\n{"file": "b.pdf", "mail": null}\n', PAPERS
    )
    store.put("papers/a.pdf", bucket=PAPERS)
    async with opened(store, PAPER) as session:
        assert keys(await exported(session, Ref("email", "anna@x.fi"))) == ["papers/a.pdf"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b'{"file": "a.pdf"', "line 2 .* no JSON"),
        (b'["a.pdf"]', "line 2 .* no JSON"),
        (b'{"mail": "a@x.fi"}', "names no key"),
    ],
    ids=["cut", "list", "no-key"],
)
async def test_a_line_that_cannot_be_read_stops_the_search(store, line, what):
    store.put("index/t1.jsonl", b'{"file": "b.pdf", "mail": "b@x.fi"}\n' + line + b"\n", PAPERS)
    async with opened(store, PAPER) as session:
        with pytest.raises(Refused, match=what):
            await found(session, Ref("email", "a@x.fi"))


async def test_an_index_in_csv_names_customers_in_a_column(store):
    index = Index(
        object="index.csv", format="csv", identities={"phone": "Number"}, key="File", tenant="Customer"
    )
    place = Place(key="papers", bucket=PAPERS, category="communication", description="Papers", index=index)
    store.put(
        "index.csv",
        '\ufeffFile,Number,Customer\r\n"a, b.pdf",+358 40 123 4567,t1\r\nc.pdf,+358401234567,t2\r\n'.encode(),
        PAPERS,
    )
    store.put("a, b.pdf", bucket=PAPERS)
    async with opened(store, place) as session:
        [record] = records(await exported(session))
        assert record.data["key"] == "a, b.pdf"
        assert record.data["index"]["Number"] == "+358 40 123 4567"
        [missing] = records(await exported(session, scope=T2))
        assert missing.data["no_file_because"] == "the index names an object that is not there"
        assert [hit.tenant async for hit in session.tenants([PHONE])] == ["t1", "t2"]


async def test_tags_name_the_person_too(store):
    place = Place(
        key="tagged",
        bucket=CALLS,
        category="communication",
        description="Tagged",
        prefix="tagged/",
        labels=Labels(where="tags", identities={"phone": "Caller"}, tenant="Customer"),
        scan=True,
    )
    store.put("tagged/a", Tagging="Caller=%2B358401234567&Customer=t1")
    store.put("tagged/b", Tagging="Caller=%2B3584012345678&Customer=t1")
    store.put("tagged/c")
    async with opened(store, place) as session:
        [record] = records(await exported(session))
        assert record.data["key"] == "tagged/a"
        assert record.data["tags"] == {"Caller": "+358401234567", "Customer": "t1"}


async def test_the_versions_of_one_key_are_each_of_whom_they_name(store):
    for number in ("+358401234567", "+358409999999"):
        store.put("notes/a.txt", number.encode(), Metadata={"caller": number, "customer": "t1"})
    store.s3.delete_object(Bucket=CALLS, Key="notes/a.txt")
    async with opened(store, NOTES) as session:
        [record] = records(await exported(session))
        assert record.data["metadata"]["caller"] == "+358401234567"
        assert not record.data["current"]


async def test_a_new_folder_is_seen_until_it_is_decided(store):
    store.put(f"{FOLDER}a.wav")
    store.put("transcripts/t1/+358401234567.txt")
    store.put("recordings/t1/+358401234567/a.mp3")
    store.put("loose.txt")
    store.put("+358401234567/a.wav")
    async with opened(store, RECORDINGS) as session:
        fields = (await session.probe()).fields
    assert set(fields) == {
        Field("recordings", "*", Use.EXPORTED),
        Field("recordings", "objects that fit no pattern", Use.UNDECLARED),
        Field("calls/", "objects in no folder", Use.UNDECLARED),
        Field("calls/transcripts/", "*", Use.UNDECLARED),
        Field("calls/a folder whose name may be a person's", "*", Use.UNDECLARED),
    }
    excluded = {
        "calls/transcripts/": "held by another system",
        "calls/loose.txt": "a notice",
        "calls/+": "a test",
    }
    async with opened(store, RECORDINGS, excluded=excluded) as session:
        fields = (await session.probe()).fields
    assert [f.reason for f in fields if f.use is Use.EXCLUDED] == [
        "a test",
        "a notice",
        "held by another system",
    ]
    assert {f.name for f in fields if f.use is Use.UNDECLARED} == {"objects that fit no pattern"}


async def test_a_right_to_list_is_no_right_to_read(store):
    class Deaf(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            if request.method == "HEAD":
                return httpx.Response(403)
            return await super().handle_async_request(request)

    store.put(f"{FOLDER}a.wav")
    async with opened(store, RECORDINGS, transport=Deaf(verify=False)) as session:
        with pytest.raises(Refused, match="grant s3:GetObjectVersion"):
            await session.probe()


async def test_an_index_that_is_not_as_the_settings_say_is_refused(store):
    index = Index(object="index.csv", format="csv", identities={"phone": "Number"}, tenant="Customer")
    place = Place(key="papers", bucket=PAPERS, category="c", description="d", index=index)
    async with opened(store, place) as session:
        with pytest.raises(Refused, match="NoSuchKey"):
            await session.probe()
        store.put("index.csv", b"key,Phone,Customer\na,1,t1\n", PAPERS)
        with pytest.raises(Refused, match="lacks what the settings name"):
            await session.probe()
        store.put("index.csv", b"key,Number,Customer\na,1,t1\n", PAPERS)
        await session.probe()


async def test_an_unknown_bucket_is_refused_with_the_remedy(store):
    place = Place(key="x", bucket="not-there", category="c", description="d", pattern="{phone}")
    async with opened(store, place) as session:
        for ask in (session.probe(), found(session, scope=OWN)):
            with pytest.raises(Refused, match="correct the bucket"):
                await ask
