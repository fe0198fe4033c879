"""The callback of a completion: asked for by header or by query, told once the object is there."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import oss2
import pytest

from tests.callback.test_image import png
from tests.callback_site import GOOD, answer, site, unused_port
from tests.wire.store_client import StoreClient

BUCKET = "example-bucket"
BODY = "&".join(
    f"{name}=${{{name}}}"
    for name in (
        "bucket",
        "object",
        "etag",
        "size",
        "crc64",
        "contentMd5",
        "mimeType",
        "operation",
        "imageInfo.format",
        "imageInfo.width",
        "x:one",
    )
)
PART = b"x" * 102_400


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    options = [f"--init-bucket={BUCKET}:private", "--callback-allow=127.0.0.1"]
    client = StoreClient(tmp_path_factory.mktemp("store"), *options)
    try:
        yield client
    finally:
        client.end()


@pytest.fixture
def bucket(store: StoreClient) -> oss2.Bucket:
    auth = oss2.Auth(store.server.access_key.id, store.server.access_key.secret)
    return oss2.Bucket(auth, store.server.base_url, BUCKET)


def encoded(document: Any) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def uploaded(bucket: oss2.Bucket, key: str, *parts: bytes) -> tuple[str, list[Any]]:
    upload_id = bucket.init_multipart_upload(key, headers={"Content-Type": "image/png"}).upload_id
    infos = []
    for number, content in enumerate(parts, 1):
        etag = bucket.upload_part(key, upload_id, number, content).etag
        infos.append(oss2.models.PartInfo(number, etag))
    return upload_id, infos


def test_the_site_hears_of_the_whole(bucket: oss2.Bucket) -> None:
    picture = png(640, 480)
    content = picture + PART
    upload_id, parts = uploaded(bucket, "pic.png", content, b"end")
    with site(answer()) as one:
        headers = {
            "x-oss-callback": encoded({"callbackUrl": one.url("/cb"), "callbackBody": BODY}),
            "x-oss-callback-var": encoded({"x:one": "1"}),
        }
        done = bucket.complete_multipart_upload("pic.png", upload_id, parts, headers=headers)
        (heard,) = one.heard
    assert done.resp.response.json() == json.loads(GOOD)
    told = {name: value[0] for name, value in parse_qs(heard.body.decode(), True).items()}
    assert told == {
        "bucket": BUCKET,
        "object": "pic.png",
        "etag": bucket.head_object("pic.png").etag,
        "size": str(len(content) + 3),
        "crc64": str(bucket.head_object("pic.png").server_crc),
        "contentMd5": "",
        "mimeType": "image/png",
        "operation": "CompleteMultipartUpload",
        "imageInfo.format": "png",
        "imageInfo.width": "640",
        "x:one": "1",
    }


def test_the_object_stays_if_the_site_does_not_answer(bucket: oss2.Bucket) -> None:
    upload_id, parts = uploaded(bucket, "kept", PART)
    url = f"http://127.0.0.1:{unused_port()}/"
    params = {"callback": encoded({"callbackUrl": url, "callbackBody": "a=1"})}
    signed = bucket.sign_url("POST", "kept", 60, params={"uploadId": upload_id, **params})
    listed = "".join(
        f"<Part><PartNumber>{p.part_number}</PartNumber><ETag>{p.etag}</ETag></Part>" for p in parts
    )
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"
    done = bucket.session.session.post(signed, data=body)
    assert done.status_code == 203
    assert b"<Code>CallbackFailed</Code>" in done.content
    assert bucket.get_object("kept").read() == PART


def test_a_callback_that_can_not_be_is_told_before(bucket: oss2.Bucket) -> None:
    upload_id, parts = uploaded(bucket, "none", PART)
    with pytest.raises(oss2.exceptions.InvalidArgument):
        bucket.complete_multipart_upload("none", upload_id, parts, headers={"x-oss-callback": "!"})
    assert not bucket.object_exists("none")
    bucket.complete_multipart_upload("none", upload_id, parts)
