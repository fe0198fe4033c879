"""What an operator bounds, for uploads in parts and for copies: size of an upload, quotas."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pillarbox.model.acl import BucketAcl
from pillarbox.model.objects import ObjectSpec
from pillarbox.storage.preparation import ensure_bucket, prepare
from pillarbox.storage.store import Store
from tests.cli.here import CommandLine
from tests.server_process import TEST_KEY, ServerProcess
from tests.wire.raw_http import RawAnswer
from tests.wire.refusal import refusal
from tests.wire.rest import Caller, Headers
from tests.wire.test_multipart import PART, Upload

CEILING = len(PART) + 10

#: An object that was there before the operator set the ceiling has so many bytes.
BEFORE = CEILING + 1


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Speaks to a store that takes no upload over the ceiling, and holds `old/large`, which is."""
    data_dir = tmp_path_factory.mktemp("bounded")
    key, _ = prepare(data_dir, TEST_KEY)
    ensure_bucket(data_dir, "old", BucketAcl.PRIVATE, owner_id=key.account_id, region="cn-hangzhou")
    asyncio.run(_put(data_dir, "old", b"large", bytes(BEFORE)))
    server = ServerProcess(data_dir, ["--max-upload-size", str(CEILING)])
    yield Caller(server)
    try:
        server.stop()
    finally:
        server.end()


async def _put(data_dir: Path, bucket_name: str, key: bytes, content: bytes) -> None:
    store = await Store.open(data_dir)
    try:
        bucket = await store.bucket(bucket_name)
        assert bucket is not None
        upload = store.begin_upload(bucket)
        await upload.write(content)
        await upload.commit(ObjectSpec(key), bucket.owner_id)
    finally:
        await store.close()


def too_large(answer: RawAnswer, size: int) -> None:
    found = refusal(answer, "EntityTooLarge", 400, ec="0006-00000003")
    assert (found["ProposedSize"], found["MaxSizeAllowed"]) == (str(size), str(CEILING))


def copied_part(upload: Upload, number: int, last: int | None = None) -> RawAnswer:
    """A part of the bytes of `old/large`, up to its byte `last`."""
    headers: Headers = [(b"x-oss-copy-source", b"/old/large")]
    if last is not None:
        headers.append((b"x-oss-copy-source-range", b"bytes=0-%d" % last))
    return upload.put(number, b"", headers)


def test_a_part_is_bounded(caller: Caller) -> None:
    upload = Upload(caller, "old")
    too_large(upload.put(1, bytes(CEILING + 1)), CEILING + 1)
    assert upload.put(1, bytes(CEILING)).status == 200


def test_a_copied_part_is_bounded(caller: Caller) -> None:
    upload = Upload(caller, "old")
    too_large(copied_part(upload, 1), BEFORE)
    too_large(copied_part(upload, 1, CEILING), CEILING + 1)
    assert copied_part(upload, 1, CEILING - 1).status == 200


def test_the_parts_together_are_bounded(caller: Caller) -> None:
    upload = Upload(caller, caller.bucket())
    more, end = bytes(11), bytes(10)
    upload.put(1, PART)
    upload.put(2, more)
    too_large(upload.complete((1, PART), (2, more)), CEILING + 1)
    too_large(upload.send("POST", headers=[(b"x-oss-complete-all", b"yes")]), CEILING + 1)
    assert caller.signed("HEAD", upload.place).status == 404
    # The upload is still there, and may become less.
    upload.put(2, end)
    assert upload.complete((1, PART), (2, end)).status == 200
    assert len(caller.signed("GET", upload.place).body) == CEILING


def test_a_copy_is_bounded_but_onto_itself(caller: Caller) -> None:
    source = (b"x-oss-copy-source", b"/old/large")
    bucket = caller.bucket()
    too_large(caller.signed("PUT", f"/{bucket}/copy", [source]), BEFORE)
    assert not caller.exists(bucket, "copy")
    told: Headers = [source, (b"Content-Type", b"text/plain")]
    assert caller.signed("PUT", "/old/large", told).status == 200
    assert caller.signed("HEAD", "/old/large").header("content-type") == "text/plain"
    caller.put(bucket, "small", bytes(CEILING))
    small = (b"x-oss-copy-source", f"/{bucket}/small".encode())
    assert caller.signed("PUT", f"/{bucket}/copy", [small]).status == 200


def test_parts_of_unfinished_uploads_fill_a_quota(caller: Caller) -> None:
    bucket = caller.bucket()
    line = CommandLine(caller.server.data_dir)
    line.done("bucket-quota", bucket, "--bytes", "1000")
    upload = Upload(caller, bucket)
    assert upload.put(1, bytes(600)).status == 200
    message = "Bucket storage exceed max storage capacity."
    refusal(upload.put(2, bytes(401)), "QuotaExceeded", 403, message)
    refusal(copied_part(upload, 2, 400), "QuotaExceeded", 403, message)
    assert copied_part(upload, 2, 399).status == 200
    shown = line.done("bucket-quota", bucket)
    assert "holds 1000 bytes of 1000 (1000 in parts of unfinished uploads) in 0 objects" in shown
    figures = json.loads(line.done("bucket-quota", bucket, "--json"))["bytes"]
    assert figures == {"used": 1000, "parts": 1000, "quota": 1000}
    stat = caller.signed("GET", f"/{bucket}/", query="stat", resource=f"/{bucket}/?stat")
    assert b"<Storage>1000</Storage>" in stat.body
    assert upload.send("DELETE").status == 204
    caller.put(bucket, "a", bytes(1000))
