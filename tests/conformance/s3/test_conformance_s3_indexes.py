"""An index without the erased: their rows go, nobody else's do, and no older version holds them on."""

import pytest

from dsar.contract import Proof, Ref, Refused, Role, Scope, Unreachable
from dsar_s3 import Index, Place, pruning

from .asking import erased, found, opened
from .counterpart import PAPER
from .mischief import Answering
from .store import CALLS, PAPERS

EMAIL = Ref("email", "a@x.fi")
ROWS = [b'{"file": "a.pdf", "mail": "a@x.fi"}\n', b'{"file": "b.pdf", "mail": "b@x.fi"}\n']


async def test_rows_of_the_erased_leave_the_index_and_no_others(store):
    store.put(
        "index/t1.jsonl",
        b"".join(ROWS) + b"\n",
        PAPERS,
        ContentType="application/jsonl",
        Metadata={"by": "us"},
    )
    store.put("index/t2.jsonl", ROWS[0], PAPERS)
    for name in ("a", "b"):
        store.put(f"papers/{name}.pdf", bucket=PAPERS)

    receipt = await erased(store, PAPER, ref=EMAIL)

    assert receipt.proof is Proof.VERIFIED
    assert store.read("index/t1.jsonl", PAPERS) == ROWS[1] + b"\n"
    assert store.read("index/t2.jsonl", PAPERS) == ROWS[0]
    head = store.s3.head_object(Bucket=PAPERS, Key="index/t1.jsonl")
    assert (head["ContentType"], head["Metadata"]) == ("application/jsonl", {"by": "us"})
    assert [key for key, _ in store.entries(PAPERS, "papers/")] == ["papers/b.pdf"]


async def test_a_row_without_an_object_leaves_the_index_too(store):
    store.put("index/t1.jsonl", b"".join(ROWS), PAPERS)
    receipt = await erased(store, PAPER, ref=EMAIL)
    assert receipt.changed == 1
    assert store.read("index/t1.jsonl", PAPERS) == ROWS[1]
    async with opened(store, PAPER) as session:
        assert await found(session, EMAIL) == []


async def test_another_writers_rows_are_never_lost(store):
    store.put("index/t1.jsonl", b"".join(ROWS), PAPERS)
    newer = b"".join(ROWS) + b'{"file": "c.pdf", "mail": "c@x.fi"}\n'
    transport = Answering("PUT", before=lambda: store.put("index/t1.jsonl", newer, PAPERS), times=1)
    await erased(store, PAPER, ref=EMAIL, transport=transport)
    assert store.read("index/t1.jsonl", PAPERS) == newer.removeprefix(ROWS[0])


async def test_an_index_that_never_rests_is_no_erasure(store):
    store.put("index/t1.jsonl", b"".join(ROWS), PAPERS)
    count = iter(range(1_000))

    def another():
        store.put(
            "index/t1.jsonl", b"".join(ROWS) + b'{"file": "%d", "mail": "c@x.fi"}\n' % next(count), PAPERS
        )

    with pytest.raises(Unreachable, match="changes faster"):
        await erased(store, PAPER, ref=EMAIL, transport=Answering("PUT", before=another))


INDEXED = Place(
    key="indexed",
    bucket=CALLS,
    category="c",
    description="d",
    index=Index(object="index/{tenant}.jsonl", key="file", identities={"email": "mail"}),
)


@pytest.mark.parametrize("keeps", [False, True])
async def test_older_versions_of_the_index_go_unless_they_are_to_stay(store, keeps):
    store.put("index/t1.jsonl", ROWS[0])
    store.put("index/t1.jsonl", b"".join(ROWS))
    store.put("index/t2.jsonl", ROWS[0])
    store.put("a.pdf")
    index = Index(
        object="index/{tenant}.jsonl", key="file", identities={"email": "mail"}, keep_versions=keeps
    )
    place = Place(key="indexed", bucket=CALLS, category="c", description="d", index=index)
    receipt = await erased(store, place, ref=EMAIL)
    assert receipt.proof is (Proof.UNVERIFIABLE if keeps else Proof.VERIFIED)
    assert store.read("index/t1.jsonl") == ROWS[1]
    assert len(store.entries(CALLS, "index/t1.jsonl")) == (3 if keeps else 1)
    assert len(store.entries(CALLS, "index/t2.jsonl")) == 1


async def test_an_erasure_cut_off_before_the_index_was_cleared_is_finished_by_the_next(store):
    store.put("index/t1.jsonl", b"".join(ROWS))
    store.put("a.pdf")
    with pytest.raises(Unreachable):
        await erased(store, INDEXED, ref=EMAIL, transport=Answering("PUT", 500))
    assert store.entries(CALLS, "a.pdf") == []
    assert (await erased(store, INDEXED, ref=EMAIL)).proof is Proof.VERIFIED
    assert store.read("index/t1.jsonl") == ROWS[1]
    assert len(store.entries(CALLS, "index/t1.jsonl")) == 1


async def test_an_erasure_cut_off_before_the_history_was_cleared_is_finished_by_the_next(store):
    store.put("index/t1.jsonl", b"".join(ROWS))
    with pytest.raises(Unreachable):
        await erased(store, INDEXED, ref=EMAIL, transport=Answering("POST", 500))
    assert store.read("index/t1.jsonl") == ROWS[1]
    assert len(store.entries(CALLS, "index/t1.jsonl")) == 2
    assert (await erased(store, INDEXED, ref=EMAIL)).proof is Proof.VERIFIED
    assert len(store.entries(CALLS, "index/t1.jsonl")) == 1


async def test_a_row_of_an_object_that_is_kept_stays(store):
    version = store.put("a.pdf")
    store.hold("a.pdf", version)
    store.put("index/t1.jsonl", b"".join(ROWS))
    receipt = await erased(store, INDEXED, ref=EMAIL)
    assert len(receipt.kept) == 2
    assert store.read("index/t1.jsonl") == b"".join(ROWS)
    async with opened(store, INDEXED) as session:
        assert await found(session, EMAIL) == [EMAIL]


@pytest.mark.parametrize(
    ("more", "limit", "what"),
    [({"Tagging": "a=b"}, 1_000, "tags"), ({}, 10, "too large")],
    ids=["tagged", "large"],
)
async def test_an_index_that_cannot_be_written_back_as_it_was_is_a_persons_task(
    store, monkeypatch, more, limit, what
):
    monkeypatch.setattr(pruning, "INDEX_BYTES_MAX", limit)
    store.put("index/t1.jsonl", b"".join(ROWS), PAPERS, **more)
    with pytest.raises(Refused, match=f"{what}.*by hand"):
        await erased(store, PAPER, ref=EMAIL)
    assert store.read("index/t1.jsonl", PAPERS) == b"".join(ROWS)


@pytest.mark.parametrize("tenant", ["t1/../t2", "t/2", "."])
async def test_a_customer_whose_name_would_be_a_path_has_no_index(store, tenant):
    store.put("index/t/2.jsonl", ROWS[0], PAPERS)
    store.put("index/t1/../t2.jsonl", ROWS[0], PAPERS)
    async with opened(store, PAPER) as session:
        assert await found(session, EMAIL, scope=Scope(Role.PROCESSOR, tenant)) == []
