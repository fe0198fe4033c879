"""URLs that boto3 signs, sent by requests and httpx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

from tests.clients.s3_store import S3Store
from tests.server_process import PATIENCE

Send = Callable[..., Any]


def by_requests(method: str, url: str, **more: Any) -> requests.Response:
    return requests.request(method, url, data=more.pop("content", None), timeout=PATIENCE, **more)


def by_httpx(method: str, url: str, **more: Any) -> httpx.Response:
    return httpx.request(method, url, timeout=PATIENCE, **more)


@pytest.fixture(params=[by_requests, by_httpx], ids=["requests", "httpx"])
def send(request: pytest.FixtureRequest) -> Send:
    """Sends a request by one of the libraries that users take."""
    chosen: Send = request.param
    return chosen


@pytest.fixture(scope="module", params=["s3", "s3v4"], ids=["v2", "v4"])
def signer(request: pytest.FixtureRequest, store: S3Store) -> Any:
    """boto3's client that signs URLs by V2 or V4."""
    return store.client(signature_version=request.param)


@pytest.fixture
def at(s3: Any, s3_bucket: str) -> dict[str, str]:
    """Where an object is, as boto3 wants it."""
    place = {"Bucket": s3_bucket, "Key": "in/a b+é.txt"}
    s3.put_object(**place, Body=b"bytes", ContentType="text/plain")
    return place


def code(answer: Any) -> str:
    """Of a refusal in XML."""
    return str(answer.text).partition("<Code>")[2].partition("</Code>")[0]


def test_reads(signer: Any, at: dict[str, str], send: Send) -> None:
    answer = send("GET", signer.generate_presigned_url("get_object", at, ExpiresIn=60))
    assert (answer.status_code, answer.content) == (200, b"bytes")
    assert answer.headers["content-type"] == "text/plain"
    head = send("HEAD", signer.generate_presigned_url("head_object", at))
    assert (head.status_code, head.headers["content-length"]) == (200, "5")


def test_reads_with_other_headers(signer: Any, at: dict[str, str], send: Send) -> None:
    asked = {
        **at,
        "ResponseContentType": "text/html",
        "ResponseContentDisposition": 'attachment; filename="a b.txt"',
    }
    answer = send("GET", signer.generate_presigned_url("get_object", asked))
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-disposition"] == 'attachment; filename="a b.txt"'


def test_puts(s3: Any, signer: Any, at: dict[str, str], send: Send) -> None:
    url = signer.generate_presigned_url("put_object", at)
    answer = send("PUT", url, content=b"other bytes")
    assert (answer.status_code, answer.content) == (200, b"")
    got = s3.get_object(**at)
    assert (got["Body"].read(), got["ETag"]) == (b"other bytes", answer.headers["etag"])


def test_puts_with_a_signed_type(s3: Any, signer: Any, at: dict[str, str], send: Send) -> None:
    url = signer.generate_presigned_url("put_object", {**at, "ContentType": "image/png"})
    other = send("PUT", url, content=b"gif", headers={"Content-Type": "image/gif"})
    assert (other.status_code, code(other)) == (403, "SignatureDoesNotMatch")
    assert (
        send("PUT", url, content=b"png", headers={"Content-Type": "image/png"}).status_code == 200
    )
    got = s3.get_object(**at)
    assert (got["Body"].read(), got["ContentType"]) == (b"png", "image/png")


def test_puts_with_signed_metadata(store: S3Store, s3: Any, at: dict[str, str], send: Send) -> None:
    # By V4: of V2 boto3 puts such headers into the URL, which not every store of S3 takes.
    signer = store.client(signature_version="s3v4")
    url = signer.generate_presigned_url("put_object", {**at, "Metadata": {"author": "Eric"}})
    assert send("PUT", url, content=b"x", headers={"x-amz-meta-author": "Eric"}).status_code == 200
    assert s3.get_object(**at)["Metadata"] == {"author": "Eric"}
    other = send("PUT", url, content=b"x", headers={"x-amz-meta-author": "Ann"})
    assert (other.status_code, code(other)) == (403, "SignatureDoesNotMatch")


def test_deletes_and_lists(s3: Any, signer: Any, at: dict[str, str], send: Send) -> None:
    listing = signer.generate_presigned_url("list_objects_v2", {"Bucket": at["Bucket"]})
    assert "<Size>5</Size>" in send("GET", listing).text
    assert send("DELETE", signer.generate_presigned_url("delete_object", at)).status_code == 204
    assert "<KeyCount>0</KeyCount>" in send("GET", listing).text


def test_refuses_what_was_not_signed(signer: Any, at: dict[str, str], send: Send) -> None:
    url = signer.generate_presigned_url("get_object", at)
    for method, changed in (
        ("PUT", url),
        ("DELETE", url),
        ("GET", url.replace("in/a%20b", "in/b%20b")),
    ):
        answer = send(method, changed)
        assert (answer.status_code, code(answer)) == (403, "SignatureDoesNotMatch")
    assert send("GET", url).content == b"bytes"


def test_refuses_what_has_expired(store: S3Store, at: dict[str, str], send: Send) -> None:
    # V2 signs the moment itself, so that an expired URL can be signed without waiting.
    signer = store.client(signature_version="s3")
    url = signer.generate_presigned_url("get_object", at, ExpiresIn=-60)
    answer = send("GET", url)
    assert (answer.status_code, code(answer)) == (403, "AccessDenied")
    assert "<Message>Request has expired</Message>" in answer.text


def test_uploads_a_part(s3: Any, signer: Any, at: dict[str, str], send: Send) -> None:
    upload = {**at, "UploadId": s3.create_multipart_upload(**at)["UploadId"]}
    url = signer.generate_presigned_url("upload_part", {**upload, "PartNumber": 1})
    etag = send("PUT", url, content=b"part").headers["etag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    assert s3.get_object(**at)["Body"].read() == b"part"
