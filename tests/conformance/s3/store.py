"""A moto server with versions, legal holds and uploads, filled and looked into by boto3: never through the connector."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

SCRIPT = Path(__file__).with_name("moto_store.py")
KEYS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "not-a-real-secret"}
REGION = "eu-north-1"
CALLS, PAPERS = "calls", "papers"


@contextmanager
def running() -> Iterator[str]:
    """The server's address, for as long as the context lasts."""
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "moto", "AWS_SECRET_ACCESS_KEY": "moto"}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(SCRIPT)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://")
        yield url
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


@contextmanager
def administrator(url: str) -> Iterator[Any]:
    """A client of the vendor's own, which fills and looks into the store."""
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=KEYS["access_key_id"],
        aws_secret_access_key=KEYS["secret_access_key"],
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
    yield client
    client.close()


class Store:
    """The server, empty but for two buckets: one that locks and keeps versions, one that does neither."""

    def __init__(self, url: str, client: Any) -> None:
        self.url = url
        self.s3 = client
        httpx.post(f"{url}/moto-api/reset", trust_env=False, verify=False).raise_for_status()
        where = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
        self.s3.create_bucket(Bucket=CALLS, ObjectLockEnabledForBucket=True, **where)
        self.s3.create_bucket(Bucket=PAPERS, **where)

    def put(self, key: str, body: bytes = b"RIFF", bucket: str = CALLS, **more: object) -> str:
        """Its version's id."""
        return self.s3.put_object(Bucket=bucket, Key=key, Body=body, **more).get("VersionId", "null")

    def entries(self, bucket: str, prefix: str) -> list[tuple[str, str]]:
        """Versions and delete markers under a prefix, as (key, version id)."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        return [
            (one["Key"], one["VersionId"])
            for page in pages
            for sort in ("Versions", "DeleteMarkers")
            for one in page.get(sort, [])
        ]

    def markers(self, bucket: str, prefix: str) -> set[tuple[str, str]]:
        found = self.s3.list_object_versions(Bucket=bucket, Prefix=prefix).get("DeleteMarkers", [])
        return {(one["Key"], one["VersionId"]) for one in found}

    def unversioned(self, bucket: str, key: str) -> tuple[str, str, str, str]:
        """What tells it from others: tag, moment, size, key."""
        [one] = self.s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
        return one["ETag"].strip('"'), one["LastModified"].isoformat(), str(one["Size"]), key

    def uploads(self, bucket: str, prefix: str) -> list[str]:
        found = self.s3.list_multipart_uploads(Bucket=bucket, Prefix=prefix).get("Uploads", [])
        return [one["UploadId"] for one in found]

    def read(self, key: str, bucket: str = CALLS) -> bytes:
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def hold(self, key: str, version: str, status: str = "ON") -> None:
        self.s3.put_object_legal_hold(Bucket=CALLS, Key=key, VersionId=version, LegalHold={"Status": status})
