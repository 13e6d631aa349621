"""Settings that cannot work are refused when they are given, with the field and the remedy."""

from pathlib import Path

import msgspec
import pytest

from dsar.outbound.systems import BadSystem, connector_of, settings_of
from dsar_s3 import Index, Labels, Place, S3Settings

PAGE = Path(__file__).parents[3] / "docs" / "connectors" / "s3.md"
PLACE = {
    "key": "recordings",
    "bucket": "calls",
    "category": "call_recordings",
    "description": "Recordings",
    "pattern": "recordings/{tenant}/{phone}/{any}.wav",
}
SETTINGS = {
    "region": "eu-north-1",
    "access_key_id": "AKIDEXAMPLE",
    "secret_access_key": "not-a-real-secret",
    "places": [PLACE],
}
LABELS = {"identities": {"phone": "caller"}}
INDEX = {"object": "index/{tenant}.csv", "format": "csv", "identities": {"phone": "tel"}}


def read(**changes):
    return settings_of(connector_of("s3"), msgspec.json.encode({**SETTINGS, **changes}))


def place(**changes):
    return {name: value for name, value in {**PLACE, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "name", [name for kind in (S3Settings, Place, Index, Labels) for name in kind.__struct_fields__]
)
def test_every_setting_is_documented(name):
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "url",
    [
        None,
        "https://s3.example.com",
        "https://s3.example.com:9000",
        "http://127.0.0.1:9000",
        "http://localhost:9000",
        "http://[::1]:9000",
    ],
)
def test_an_origin_is_taken(url):
    assert read(endpoint_url=url).origin == (url or "https://s3.eu-north-1.amazonaws.com")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"endpoint_url": "http://s3.example.com"}, "endpoint_url"),
        ({"endpoint_url": "https://s3.example.com/"}, "endpoint_url"),
        ({"endpoint_url": "https://a@s3.example.com"}, "endpoint_url"),
        ({"endpoint_url": "ftp://s3.example.com"}, "endpoint_url"),
        ({"access_key_id": "A B"}, "access_key_id"),
        ({"secret_access_key": "a\nb"}, "secret_access_key"),
        ({"region": "EU North"}, "region"),
        ({"places": []}, "places"),
        ({"places": [PLACE, PLACE]}, "two have one key"),
        ({"places": [PLACE, place(key="recordings_files")]}, "the files of another"),
        ({"places": [place(bucket="Not A Bucket")]}, "bucket"),
        ({"places": [place(pattern="recordings/{any}.wav")]}, "names nobody"),
        ({"places": [place(pattern="{date}/{phone}/{any}")]}, "set scan to true"),
        ({"places": [place(pattern="{tenant}-{date}/{phone}")]}, "set scan to true"),
        ({"places": [place(pattern="{tenant}.{phone}/x")]}, "no folder of its own"),
        ({"places": [place(pattern="{phone}{any}")]}, "nothing between"),
        ({"places": [place(pattern=None)]}, "exactly one of"),
        ({"places": [place(labels=LABELS)]}, "exactly one of"),
        ({"places": [place(pattern=None, labels=LABELS)]}, "set scan to true"),
        ({"places": [place(pattern=None, labels={"identities": {}}, scan=True)]}, "identities"),
        ({"places": [place(pattern=None, labels={"identities": {"name": "x"}}, scan=True)]}, "identities"),
        ({"places": [place(pattern=None, index={**INDEX, "object": "{phone}.csv"})]}, "no other placeholder"),
        ({"places": [place(prefix="recordings/")]}, "prefix stands in the pattern"),
        ({"places": [place(channels=["caller:somebody"])]}, "speaker"),
        ({"places": [place(others=["metadata"])]}, "pointer"),
        ({"places": [place(media_type="wav")]}, "media_type"),
        ({"places": [place(key="Recordings")]}, "key"),
        ({"operator_tenants": [""]}, "operator_tenants"),
        ({"colour": "red"}, "colour"),
        ({"page_size": 1001}, "page_size"),
    ],
)
def test_what_cannot_work_is_refused_with_the_field(changes, what):
    with pytest.raises(BadSystem, match=what):
        read(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"pattern": "{date}/{phone}/{any}", "scan": True},
        {"pattern": "{phone}/{tenant}/{any}"},
        {"pattern": None, "labels": LABELS, "scan": True},
        {"pattern": None, "index": INDEX},
        {"channels": ["caller:subject", "agent"], "others": ["/metadata/agent"]},
    ],
    ids=["pattern", "scanned", "tenant-after-the-person", "labels", "index", "channels"],
)
def test_what_works_is_taken(changes):
    assert read(places=[place(**changes)]).places[0].key == "recordings"


def test_no_secret_is_printed():
    assert "not-a-real-secret" not in repr(read(session_token="also-secret")) + str(read())
    assert "also-secret" not in repr(read(session_token="also-secret"))


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, {"phone"}),
        ({"pattern": "u/{account_id}/{rest}", "prefix": ""}, {"account_id"}),
        (
            {"pattern": None, "index": {**INDEX, "identities": {"phone": "t", "email": "m"}}},
            {"phone", "email"},
        ),
        ({"pattern": None, "labels": LABELS, "scan": True}, {"phone"}),
    ],
)
def test_a_place_knows_nobody_by_what_it_does_not_name(changes, kinds):
    assert read(places=[place(**changes)]).places[0].kinds == kinds
