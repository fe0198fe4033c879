"""PutObject and PutBucket with what they must refuse, and what they must take."""

from __future__ import annotations

import base64
import hashlib

import pytest

from pillarbox.signing import header_v1
from tests.server_process import TEST_KEY
from tests.wire.documents import cut_bodies
from tests.wire.raw_http import Connection, chunked, exchange, head
from tests.wire.rest import Caller, bucket, caller, new_name, now

__all__ = ["bucket", "caller"]


# --- uploads --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ((b"Content-MD5", base64.b64encode(hashlib.md5(b"other").digest())), "InvalidDigest"),
        ((b"Content-MD5", b"no base64"), "InvalidDigest"),
        ((b"Content-MD5", b""), "InvalidDigest"),
        ((b"Content-MD5", base64.b64encode(b"short")), "InvalidDigest"),
        ((b"x-oss-hash-crc64ecma", b"1"), "InvalidCRC64"),
        ((b"x-oss-hash-crc64ecma", b"none"), "InvalidCRC64"),
        ((b"x-oss-object-acl", b"fewer"), "InvalidArgument"),
        ((b"x-oss-storage-class", b"Cheap"), "InvalidArgument"),
        ((b"x-oss-server-side-encryption", b"ROT13"), "InvalidEncryptionAlgorithmError"),
        ((b"x-oss-meta-a.b", b"1"), "InvalidArgument"),
        ((b"x-oss-meta-pillarbox-x", b"1"), "InvalidArgument"),
        ((b"x-oss-meta-a", b"x" * 8192), "InvalidArgument"),
        ((b"x-oss-tagging", b"a=1&a=2"), "InvalidArgument"),
        ((b"x-oss-tagging", b"a=%26"), "InvalidTaggingKey"),
        ((b"x-oss-server-side-encryption", b"AES256"), "NotImplemented"),
        ((b"x-oss-server-side-encryption", b"KMS"), "NotImplemented"),
        ((b"x-oss-callback", b"e30="), "InvalidArgument"),
        ((b"x-oss-callback", b"?"), "InvalidArgument"),
        ((b"x-oss-traffic-limit", b"819200"), "NotImplemented"),
        ((b"If-Match", b"*"), "NotImplemented"),
    ],
)
def test_a_put_that_is_refused_changes_nothing(
    caller: Caller, bucket: str, header: tuple[bytes, bytes], code: str
) -> None:
    for key in ("a", "new"):
        answer = caller.signed("PUT", f"/{bucket}/{key}", [header], b"new")
        assert answer.error["Code"] == code
        assert answer.status == (
            501 if code == "NotImplemented" and b"If" not in header[0] else 400
        )
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"
    assert not caller.exists(bucket, "new")


def test_right_digests_are_taken(caller: Caller, bucket: str) -> None:
    md5 = base64.b64encode(hashlib.md5(b"123456789").digest())
    answer = caller.signed(
        "PUT",
        f"/{bucket}/a",
        [(b"Content-MD5", md5), (b"x-oss-hash-crc64ecma", b"11051210869376104954")],
        b"123456789",
    )
    assert answer.status == 200
    assert answer.header("content-md5") == md5.decode()


def put_head(bucket: str, key: str, *headers: tuple[bytes, bytes]) -> bytes:
    own = [(b"Date", now()), *headers]
    text = header_v1.string_to_sign("PUT", own, f"/{bucket}/{key}".encode())
    signature = header_v1.sign(TEST_KEY.secret, text)
    own.append((b"Authorization", header_v1.authorization(TEST_KEY.id, signature).encode()))
    return head(b"PUT", f"/{bucket}/{key}".encode(), own)


def test_neither_length_nor_chunks(caller: Caller, bucket: str) -> None:
    answer = exchange(caller.port, put_head(bucket, "a"))
    assert (answer.status, answer.error["Code"]) == (411, "MissingContentLength")
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


def test_chunks_are_taken(caller: Caller, bucket: str) -> None:
    start = put_head(bucket, "a", (b"Transfer-Encoding", b"chunked"))
    assert exchange(caller.port, start, *chunked([b"one ", b"two"])).status == 200
    assert caller.signed("GET", f"/{bucket}/a").body == b"one two"


def test_a_length_over_5_gib_is_refused_at_once(caller: Caller, bucket: str) -> None:
    start = put_head(bucket, "a", (b"Content-Length", b"%d" % (5 * 1024**3 + 1)))
    with Connection(caller.port) as connection:
        connection.send(start)
        answer = connection.answer()
    assert (answer.status, answer.error["Code"]) == (400, "EntityTooLarge")
    assert answer.error["MaxSizeAllowed"] == "5368709120"
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


def test_a_body_that_is_cut_leaves_the_old_object(caller: Caller, bucket: str) -> None:
    start = put_head(bucket, "a", (b"Content-Length", b"200000"))
    with Connection(caller.port) as connection:
        connection.send(start, b"x" * 100_000)
        connection.half_close()
        answer = connection.answer()
    assert (answer.status, answer.error["Code"]) == (400, "IncompleteBody")
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


def test_a_small_body_that_is_cut_in_any_way(caller: Caller, bucket: str) -> None:
    for answer in cut_bodies(caller, "PUT", f"/{bucket}/a", b"new bytes", f"/{bucket}/a"):
        assert (answer.status, answer.error["Code"]) == (400, "IncompleteBody")
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


# --- PutBucket's document -------------------------------------------------------------------------

_DOCTYPE = b'<!DOCTYPE a [<!ENTITY e "Standard">]>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<CreateBucketConfiguration>", "MalformedXML"),
        (b"no xml", "MalformedXML"),
        (b"<Other/>", "MalformedXML"),
        (b"\x00", "MalformedXML"),
        (b"\xff\xfe", "MalformedXML"),
        (b'<?xml version="1.0" encoding="none-such"?><CreateBucketConfiguration/>', "MalformedXML"),
        (
            _DOCTYPE
            + b"<CreateBucketConfiguration><StorageClass>&e;</StorageClass>"
            + b"</CreateBucketConfiguration>",
            "MalformedXML",
        ),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><CreateBucketConfiguration/>', "MalformedXML"),
        (b"<a>" * 4000 + b"</a>" * 4000, "MalformedXML"),
        (b"<CreateBucketConfiguration>" + b" " * 20_000, "MalformedXML"),
        (
            b"<CreateBucketConfiguration><StorageClass>Cheap</StorageClass>"
            b"</CreateBucketConfiguration>",
            "InvalidArgument",
        ),
        (
            b"<CreateBucketConfiguration><DataRedundancyType>ZRS</DataRedundancyType>"
            b"</CreateBucketConfiguration>",
            "InvalidArgument",
        ),
        (
            b"<CreateBucketConfiguration><LocationConstraint>oss-us-west-1</LocationConstraint>"
            b"</CreateBucketConfiguration>",
            "InvalidArgument",
        ),
    ],
)
def test_a_bucket_s_document_that_is_refused(caller: Caller, body: bytes, code: str) -> None:
    name = new_name()
    answer = caller.signed("PUT", f"/{name}", body=body, resource=f"/{name}/")
    assert (answer.status, answer.error["Code"]) == (400, code)
    assert b"root:" not in answer.body
    assert caller.signed("GET", f"/{name}/").error["Code"] == "NoSuchBucket"


def test_a_bucket_s_document_that_was_altered_on_the_way(caller: Caller) -> None:
    name = new_name()
    body = (
        b'<CreateBucketConfiguration xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">'
        b"<StorageClass>IA</StorageClass></CreateBucketConfiguration>"
    )
    wrong = (b"Content-MD5", base64.b64encode(hashlib.md5(b"other").digest()))
    right = (b"Content-MD5", base64.b64encode(hashlib.md5(body).digest()))
    refused = caller.signed("PUT", f"/{name}", [wrong], body, resource=f"/{name}/")
    assert refused.error["Code"] == "InvalidDigest"
    assert caller.signed("PUT", f"/{name}", [right], body, resource=f"/{name}/").status == 200
    told = caller.signed("GET", f"/{name}/", query="bucketInfo", resource=f"/{name}/?bucketInfo")
    assert b"<StorageClass>IA</StorageClass>" in told.body
