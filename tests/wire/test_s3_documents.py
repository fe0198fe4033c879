"""XML documents of S3 requests in `aws-chunked`: what they ask for is done if all was right."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator

import pytest

from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.raw_http import RawAnswer, request
from tests.wire.s3_hostile_bodies import ANNOUNCED, ENCODED, WRONG, flipped
from tests.wire.s3_refusal import s3_refusal
from tests.wire.s3_signer import SIGNED_CHUNKS_AND_TRAILER, S3Signer
from tests.wire.store_client import StoreClient


@pytest.fixture
def owner(store: StoreClient) -> S3Signer:
    return S3Signer(store.port, KEY_ID, SECRET)


def _documents(owner: S3Signer, path: str) -> Iterator[tuple[str, str, bytes]]:
    """Verb, address and body of each request whose document changes something."""
    bucket, key = path[1:].split("/", 1)
    deletion = f"<Delete><Object><Key>{key}</Key></Object></Delete>"
    yield "POST", f"/{bucket}?delete", deletion.encode()
    tags = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    yield "PUT", f"{path}?tagging", tags
    yield "PUT", f"/{bucket}?tagging", tags
    begun = owner.send("POST", path, "uploads").body
    upload_id = begun.partition(b"<UploadId>")[2].partition(b"</UploadId>")[0].decode()
    part = owner.send("PUT", path, f"partNumber=1&uploadId={upload_id}", body=b"part")
    etag = part.header("etag")
    completion = (
        f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
        "</CompleteMultipartUpload>"
    )
    yield "POST", f"{path}?uploadId={upload_id}", completion.encode()


def _crc32(body: bytes) -> tuple[str, str]:
    return ("x-amz-checksum-crc32", base64.b64encode(zlib.crc32(body).to_bytes(4)).decode())


def _send_document(
    owner: S3Signer, method: str, address: str, body: bytes, *, trailer: tuple[str, str]
) -> tuple[RawAnswer, RawAnswer]:
    """The answers to a document in chunks with a wrong signature, and with this trailer."""
    path, _, query = address.partition("?")
    told = [ENCODED, (b"x-amz-decoded-content-length", b"%d" % len(body)), ANNOUNCED]
    answers = []
    for change in (flipped(0), lambda sent: sent):
        signed = owner.signed(method, path, query, told, payload=SIGNED_CHUNKS_AND_TRAILER)
        sent = change(signed.chain.body([body[:20], body[20:]], [trailer]))
        answers.append(
            request(owner.port, method.encode(), signed.target.encode(), signed.headers, sent)
        )
    return answers[0], answers[1]


def test_documents_in_chunks(owner: S3Signer, key: str) -> None:
    path = f"/example-bucket/{key}"
    assert owner.send("PUT", path, body=b"old").status == 200
    for method, address, body in reversed(list(_documents(owner, path))):
        forged, wrong = _send_document(owner, method, address, body, trailer=WRONG)
        s3_refusal(forged, "SignatureDoesNotMatch", 403)
        s3_refusal(wrong, "BadDigest", 400)
        assert owner.send("GET", path).body == b"old"
        assert owner.send("GET", path).header("x-amz-tagging-count") is None
        s3_refusal(owner.send("GET", "/example-bucket", "tagging"), "NoSuchTagSet", 404)
    for method, address, body in reversed(list(_documents(owner, path))):
        _, right = _send_document(owner, method, address, body, trailer=_crc32(body))
        assert right.status in (200, 204), right.body
    assert owner.send("DELETE", "/example-bucket", "tagging").status == 204
    s3_refusal(owner.send("GET", path), "NoSuchKey", 404)


def test_deletions_must_be_vouched_for(owner: S3Signer, key: str) -> None:
    """The signature's hash is none of S3's digests: it asks for Content-MD5 or a checksum."""
    assert owner.send("PUT", f"/example-bucket/{key}", body=b"old").status == 200
    body = f"<Delete><Object><Key>{key}</Key></Object></Delete>".encode()
    answer = owner.send("POST", "/example-bucket", "delete", body=body)
    s3_refusal(
        answer, "InvalidRequest", 400, "Missing required header for this request: Content-MD5"
    )
    wrong = [(b"x-amz-checksum-crc32", WRONG[1].encode())]
    s3_refusal(owner.send("POST", "/example-bucket", "delete", wrong, body), "BadDigest", 400)
    assert owner.send("GET", f"/example-bucket/{key}").body == b"old"
