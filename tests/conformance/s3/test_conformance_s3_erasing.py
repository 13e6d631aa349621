"""What an erasure leaves: nothing but what the store itself keeps, each with its ground, and nobody else's touched."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dsar.contract import Changed, Erase, Proof, Refused, Restrict, Throttled, Unreachable
from dsar_s3 import Place, deleting

from .asking import ERASE, FOLDER, OWN, PHONE, T1, T2, erased, exported, opened, pairs, records
from .counterpart import NOTES, RECORDINGS
from .mischief import Answering
from .store import CALLS, PAPERS

A, B = f"{FOLDER}a.wav", f"{FOLDER}b.wav"
SOON = datetime.now(UTC) + timedelta(days=40)


async def test_every_version_every_marker_and_every_upload_goes(store):
    for _ in range(2):
        store.put(A)
        store.s3.delete_object(Bucket=CALLS, Key=A)
    store.put(B)
    store.s3.create_multipart_upload(Bucket=CALLS, Key=f"{FOLDER}c.wav")
    theirs = "recordings/t1/+3584012345678/a.wav"
    store.put(theirs)
    store.s3.create_multipart_upload(Bucket=CALLS, Key=theirs)

    receipt = await erased(store, RECORDINGS)

    assert receipt.proof is Proof.VERIFIED
    assert receipt.changed == 3 + 3 + 2 + 1
    assert receipt.kept == ()
    assert store.entries(CALLS, FOLDER) == []
    assert store.uploads(CALLS, FOLDER) == []
    assert len(store.entries(CALLS, theirs)) == 1
    assert len(store.uploads(CALLS, theirs)) == 1


async def test_a_bucket_whose_versions_were_suspended_is_emptied(store):
    store.s3.put_bucket_versioning(Bucket=PAPERS, VersioningConfiguration={"Status": "Enabled"})
    place = Place(key="r", bucket=PAPERS, category="c", description="d", pattern="r/{phone}/{any}")
    store.put("r/+358401234567/a", b"one", PAPERS)
    store.s3.put_bucket_versioning(Bucket=PAPERS, VersioningConfiguration={"Status": "Suspended"})
    store.put("r/+358401234567/a", b"two", PAPERS)

    receipt = await erased(store, place, scope=OWN)

    assert receipt.proof is Proof.VERIFIED
    assert store.entries(PAPERS, "r/") == []


async def test_a_bucket_without_versions_is_emptied(store):
    place = Place(key="r", bucket=PAPERS, category="c", description="d", pattern="r/{phone}/{any}")
    store.put("r/+358401234567/a", b"one", PAPERS)
    store.put("r/+3584012345678/a", b"two", PAPERS)
    for versions in (True, False):
        store.put("r/+358401234567/a", b"one", PAPERS)
        assert (await erased(store, place, scope=OWN, versions=versions)).changed == 2
        assert [key for key, _ in store.entries(PAPERS, "r/")] == ["r/+3584012345678/a"]


async def test_versions_that_are_said_not_to_be_there_are_refused(store):
    store.put(A)
    with pytest.raises(Refused, match="set it to true"):
        await erased(store, RECORDINGS, versions=False)
    assert len(store.entries(CALLS, FOLDER)) == 1


async def test_a_version_under_a_legal_hold_is_kept_until_it_is_lifted(store):
    held, free = store.put(A), store.put(B)
    store.hold(A, held)
    async with opened(store, RECORDINGS) as session:
        plan = await session.foresee(PHONE, T1, ERASE)
        receipt = await session.carry_out(PHONE, T1, ERASE, "k")
        left = await exported(session)
        assert pairs(left) == {("recordings", held), ("recordings_files", held)}
        assert {(kept.ground, kept.until) for kept in receipt.kept} == {("s3-legal-hold", None)}
        assert {(kept.origin.collection, kept.origin.record_id) for kept in receipt.kept} == pairs(left)
        assert receipt.kept[0].dated == datetime.fromisoformat(records(left)[0].data["last_modified"]).date()
        assert dict(plan.erased) == {"recordings": 1, "recordings_files": 1}
        assert len(plan.kept) == 2
        released = Erase(released=tuple(sorted(pairs(left))))
        again = await session.carry_out(PHONE, T1, released, "r")
        assert {kept.ground for kept in again.kept} == {"s3-legal-hold"}
        assert again.changed == 0
        store.hold(A, held, "OFF")
        assert (await session.carry_out(PHONE, T1, released, "r")).changed == 2
    assert store.entries(CALLS, FOLDER) == []
    assert free != held


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
async def test_a_version_in_retention_is_kept_until_it_is_over(store, mode):
    version = store.put(A, ObjectLockMode=mode, ObjectLockRetainUntilDate=SOON)
    receipt = await erased(store, RECORDINGS)
    assert {kept.ground for kept in receipt.kept} == {"s3-retention"}
    # Released when the day is over where the business is, which may be before it is over in UTC.
    [until] = {kept.until for kept in receipt.kept}
    assert timedelta(0) <= until - SOON.date() <= timedelta(days=1)
    assert datetime.combine(until, datetime.min.time(), UTC) + timedelta(hours=10) >= SOON.replace(
        microsecond=0
    )
    assert store.entries(CALLS, FOLDER) == [(A, version)]


async def test_a_marker_that_hides_a_kept_version_stays_and_others_go(store):
    held = store.put(A)
    store.hold(A, held)
    store.s3.delete_object(Bucket=CALLS, Key=A)
    store.put(A, b"newer")
    store.s3.delete_object(Bucket=CALLS, Key=A)
    receipt = await erased(store, RECORDINGS)

    left = store.entries(CALLS, FOLDER)
    assert len(left) == 2
    assert (A, held) in left
    assert {kept.ground for kept in receipt.kept} == {"s3-legal-hold"}
    assert len(receipt.kept) == 3
    with pytest.raises(store.s3.exceptions.NoSuchKey):
        store.read(A)


async def test_a_lock_that_is_set_while_we_erase_keeps_the_version(store):
    version = store.put(A)
    transport = Answering("POST", before=lambda: store.hold(A, version), times=1)
    receipt = await erased(store, RECORDINGS, transport=transport)
    assert {kept.ground for kept in receipt.kept} == {"s3-legal-hold"}
    assert store.entries(CALLS, FOLDER) == [(A, version)]


async def test_an_order_about_single_items_takes_these_alone(store):
    first = store.put(A)
    second = store.put(B)
    only = (("recordings", first), ("recordings_files", first))
    async with opened(store, RECORDINGS) as session:
        plan = await session.foresee(PHONE, T1, Erase(only=only))
        receipt = await session.carry_out(PHONE, T1, Erase(only=only), "k")
        assert (await session.carry_out(PHONE, T1, Erase(only=only), "k")).changed == 0
    assert dict(plan.erased) == {"recordings": 1, "recordings_files": 1}
    assert receipt.changed == 2
    assert receipt.proof is Proof.VERIFIED
    assert store.entries(CALLS, FOLDER) == [(B, second)]


async def test_a_record_without_its_file_is_refused(store):
    version = store.put(A)
    with pytest.raises(Refused, match="go together"):
        await erased(store, RECORDINGS, order=Erase(only=(("recordings", version),)))
    assert len(store.entries(CALLS, FOLDER)) == 1


async def test_what_came_since_the_plan_stops_it_and_is_not_erased_with_it(store):
    store.put(A)
    async with opened(store, RECORDINGS) as session:
        plan = await session.foresee(PHONE, T1, ERASE)
        later = store.put(B)
        with pytest.raises(Changed):
            await session.carry_out(PHONE, T1, Erase(plan=plan.digest), "k")
    assert len(store.entries(CALLS, FOLDER)) == 2
    store.s3.delete_object(Bucket=CALLS, Key=B, VersionId=later)
    transport = Answering("POST", before=lambda: store.put(B), times=1)
    receipt = await erased(store, RECORDINGS, order=Erase(plan=plan.digest), transport=transport)
    assert receipt.changed == 2
    assert [key for key, _ in store.entries(CALLS, FOLDER)] == [B]


async def test_objects_that_keep_coming_are_no_erasure(store):
    store.put(A)
    transport = Answering("POST", before=lambda: store.put(B))
    with pytest.raises(Unreachable, match="new objects arrive"):
        await erased(store, RECORDINGS, transport=transport)


@pytest.mark.parametrize(
    ("code", "wanted", "what"),
    [
        ("AccessDenied", Refused, "s3:DeleteObjectVersion"),
        ("InternalError", Unreachable, "InternalError"),
        ("SlowDown", Throttled, "SlowDown"),
        ("MethodNotAllowed", Refused, "MethodNotAllowed"),
    ],
)
async def test_an_error_of_a_single_key_is_read(store, code, wanted, what):
    version = store.put(A)
    body = f"<DeleteResult><Error><Key>{A}</Key><VersionId>{version}</VersionId><Code>{code}</Code></Error></DeleteResult>"
    with pytest.raises(wanted, match=what) as raised:
        await erased(store, RECORDINGS, transport=Answering("POST", body=body.encode()))
    assert "358401234567" not in str(raised.value)


async def test_a_bucket_that_asks_for_a_second_factor_is_refused_before_anything_goes(store):
    store.put(A)
    body = b"<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>"
    for ask in (lambda s: s.probe(), lambda s: s.carry_out(PHONE, T1, ERASE, "k")):
        async with opened(store, RECORDINGS, transport=Answering("versioning", body=body)) as session:
            with pytest.raises(Refused, match="MFA"):
                await ask(session)
    assert len(store.entries(CALLS, FOLDER)) == 1


@pytest.mark.parametrize("word", ["versions=", "uploads=", "versioning=", "object-lock="])
async def test_a_right_that_is_missing_is_named(store, word):
    store.put(A)
    body = b"<Error><Code>AccessDenied</Code></Error>"
    async with opened(store, RECORDINGS, transport=Answering(word, 403, body)) as session:
        with pytest.raises(Refused, match="grant s3:"):
            await session.probe()


async def test_1100_objects_are_found_exported_and_erased_by_the_thousand(store):
    store.s3.put_bucket_versioning(Bucket=PAPERS, VersioningConfiguration={"Status": "Enabled"})
    place = Place(key="r", bucket=PAPERS, category="c", description="d", pattern="r/{phone}/{any}")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.put(f"r/+358401234567/{number}", b"", PAPERS), range(1_100)))
    transport = Answering("nothing")
    async with opened(store, place, transport=transport, mark_every_objects=500) as session:
        items = await exported(session, scope=OWN)
        assert len(pairs(items)) == 2_200
        receipt = await session.carry_out(PHONE, OWN, ERASE, "k")
    assert receipt.changed == 2_200
    assert [body.count(b"<Object>") for body in transport.bodies] == [deleting.AT_ONCE, 100]
    assert store.entries(PAPERS, "r/") == []


async def test_a_folder_that_was_made_as_an_object_goes_with_what_is_in_it(store):
    for key in ("recordings/", "recordings/t1/", FOLDER, A, "recordings/t1/+3584012345678/"):
        store.put(key, b"")
    assert (await erased(store, RECORDINGS)).changed == 4
    left = [key for key, _ in store.entries(CALLS, "recordings/")]
    assert left == ["recordings/", "recordings/t1/", "recordings/t1/+3584012345678/"]


async def test_a_key_that_no_xml_can_hold_is_deleted_by_itself(store):
    listed = [f"{FOLDER}a\x01.wav"]
    deleted = []

    class Odd(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            if request.method == "DELETE":
                deleted.append((request.extensions["target"], listed.pop()))
                return httpx.Response(204)
            if request.method == "HEAD":
                return httpx.Response(200, headers={"etag": '"e"', "content-length": "1"})
            if "versions" in request.url.params and "1234567/" in request.url.params["prefix"]:
                entries = "".join(
                    "<Version><Key>"
                    + key.replace("\x01", "%01").replace("+", "%2B")
                    + "</Key><VersionId>v</VersionId>"
                    "<ETag>e</ETag><LastModified>2026-03-02T00:00:00Z</LastModified></Version>"
                    for key in listed
                    if key.startswith(request.url.params["prefix"])
                )
                text = f"<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>{entries}</ListVersionsResult>"
                return httpx.Response(200, content=text.encode())
            roots = {"uploads": "ListMultipartUploadsResult", "versioning": "VersioningConfiguration"}
            root = next(
                (root for name, root in roots.items() if name in request.url.params),
                "ObjectLockConfiguration",
            )
            return httpx.Response(200, content=f"<{root}><IsTruncated>false</IsTruncated></{root}>".encode())

    receipt = await erased(store, RECORDINGS, transport=Odd())
    assert receipt.changed == 2
    [(target, _)] = deleted
    assert target.endswith(b"a%01.wav?versionId=v")


async def test_labelled_objects_go_with_all_their_versions(store):
    labels = {"caller": "+358401234567", "customer": "t1"}
    for text in (b"one", b"two"):
        store.put("notes/a.txt", text, Metadata=labels)
    store.s3.delete_object(Bucket=CALLS, Key="notes/a.txt")
    store.put("notes/b.txt", Metadata={**labels, "customer": "t2"})
    assert (await erased(store, NOTES)).changed == 5
    assert [key for key, _ in store.entries(CALLS, "notes/")] == ["notes/b.txt"]


async def test_another_scope_erases_nothing(store):
    store.put(A)
    for scope in (T2, OWN):
        assert (await erased(store, RECORDINGS, scope=scope)).changed == 0
    assert len(store.entries(CALLS, FOLDER)) == 1


async def test_any_other_order_is_refused(store):
    with pytest.raises(Refused, match="only be erased"):
        await erased(store, RECORDINGS, order=Restrict())


async def test_a_marker_that_may_not_be_deleted_is_a_missing_right(store):
    store.put(A)
    store.s3.delete_object(Bucket=CALLS, Key=A)
    [(_, version)] = store.markers(CALLS, FOLDER)
    body = f"<DeleteResult><Error><Key>{A}</Key><VersionId>{version}</VersionId><Code>AccessDenied</Code></Error></DeleteResult>"
    with pytest.raises(Refused, match="s3:DeleteObjectVersion"):
        await erased(store, RECORDINGS, transport=Answering("POST", body=body.encode()))
