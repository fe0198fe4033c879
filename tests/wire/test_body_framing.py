"""Bodies of every operation that takes one: chunked, cut off, malformed, asked for first."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pillarbox.server.operations.table import OPERATIONS
from pillarbox.signing import header_v1
from tests.server_process import TEST_KEY, ServerProcess
from tests.wire.raw_http import Connection, Headers, chunked, head, pieces_of
from tests.wire.rest import WRITE, Caller, now
from tests.wire.store_client import FORM_TYPE, form

#: PUT and POST operations that read headers and parameters alone, or change nothing.
BODILESS = {
    *("PutBucketAcl", "PutObjectACL", "CopyObject"),
    *("InitiateMultipartUpload", "UploadPartCopy", "PutSymlink"),
    "RestoreObject",
}

BUCKET = (
    b"<CreateBucketConfiguration><StorageClass>Standard</StorageClass></CreateBucketConfiguration>"
)
VERSIONING = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
CORS = (
    b"<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
    b"<AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>"
)
DELETE = b"<Delete><Quiet>true</Quiet><Object><Key>old</Key></Object></Delete>"
LIFECYCLE = (
    b"<LifecycleConfiguration><Rule><ID>new</ID><Prefix>a</Prefix><Status>Disabled</Status>"
    b"<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
)
REFERER = (
    b"<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer><RefererList>"
    b"<Referer>http://new.example</Referer></RefererList></RefererConfiguration>"
)
POLICY = (
    b'{"Version": "1", "Statement": [{"Sid": "new", "Effect": "Allow", "Principal": "*", '
    b'"Action": "oss:GetObject", "Resource": "acs:oss:*:*:*"}]}'
)
TAGS = b"<Tagging><TagSet><Tag><Key>new</Key><Value>a</Value></Tag></TagSet></Tagging>"
PART = b"the only part of an object"
PARTS = (
    b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part>"
    b"</CompleteMultipartUpload>" % hashlib.md5(PART).hexdigest().upper().encode()
)


def nothing(caller: Caller, bucket: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Taking:
    """A request with a body, to a bucket that holds the object `old` alone.

    Attributes:
        path: what stands behind the bucket's name, `{}` for what `prepare` gives.
        resource: the same as it is signed; empty for an unsigned request.
        is_done: whether the request was carried out.
    """

    method: str
    path: str
    resource: str
    body: bytes
    is_done: Callable[[Caller, str], bool]
    headers: Headers = ()
    prepare: Callable[[Caller, str], str] = nothing

    def head(self, caller: Caller, bucket: str, *more: tuple[bytes, bytes]) -> bytes:
        prepared = self.prepare(caller, bucket)
        own = [(b"Date", now()), *self.headers]
        if self.resource:
            resource = f"/{bucket}{self.resource.format(prepared)}".encode()
            signature = header_v1.sign(
                TEST_KEY.secret, header_v1.string_to_sign(self.method, own, resource)
            )
            authorization = header_v1.authorization(TEST_KEY.id, signature)
            own.append((b"Authorization", authorization.encode()))
        target = f"/{bucket}{self.path.format(prepared)}".encode()
        return head(self.method.encode(), target, [*own, *more])


def has_new(caller: Caller, bucket: str) -> bool:
    return caller.exists(bucket, "new")


def has_no_old(caller: Caller, bucket: str) -> bool:
    return not caller.exists(bucket, "old")


def tells(path: str, sub_resource: str, text: bytes = b"new") -> Callable[[Caller, str], bool]:
    """Whether what a sub-resource tells has the text."""

    def tell(caller: Caller, bucket: str) -> bool:
        target = f"/{bucket}{path}"
        signed = f"{target}{'' if path else '/'}?{sub_resource}"
        return text in caller.signed("GET", target, query=sub_resource, resource=signed).body

    return tell


def has_second_bucket(caller: Caller, bucket: str) -> bool:
    name = f"{bucket}-2"
    answer = caller.signed("GET", f"/{name}", query="bucketInfo", resource=f"/{name}/?bucketInfo")
    return answer.status == 200


def begun(caller: Caller, bucket: str) -> str:
    """An upload in parts to `new`, without any; its id."""
    path = f"/{bucket}/new"
    answer = caller.signed("POST", path, query="uploads", resource=f"{path}?uploads")
    found = re.search(rb"<UploadId>([^<]+)<", answer.body)
    assert found is not None, answer.body
    return found[1].decode()


def with_a_part(caller: Caller, bucket: str) -> str:
    """The same with its one part."""
    upload_id = begun(caller, bucket)
    path, query = f"/{bucket}/new", f"partNumber=1&uploadId={upload_id}"
    answer = caller.signed("PUT", path, body=PART, query=query, resource=f"{path}?{query}")
    assert answer.status == 200, answer.body
    return upload_id


def has_a_part(caller: Caller, bucket: str) -> bool:
    """Whether a part of any upload to `new` lies there."""
    uploads = caller.signed("GET", f"/{bucket}", query="uploads", resource=f"/{bucket}/?uploads")
    return any(
        tells("/new", f"uploadId={upload_id.decode()}", b"<PartNumber>")(caller, bucket)
        for upload_id in re.findall(rb"<UploadId>([^<]+)<", uploads.body)
    )


MD5_OF_DELETE = (b"Content-MD5", base64.b64encode(hashlib.md5(DELETE).digest()))

ALL = {
    "PutBucket": Taking("PUT", "-2", "-2/", BUCKET, has_second_bucket),
    "PutBucketCors": Taking("PUT", "?cors", "/?cors", CORS, tells("", "cors", b"<CORSRule>")),
    "PutBucketVersioning": Taking(
        "PUT", "?versioning", "/?versioning", VERSIONING, tells("", "versioning", b"<Status>")
    ),
    "PutBucketLifecycle": Taking(
        "PUT", "?lifecycle", "/?lifecycle", LIFECYCLE, tells("", "lifecycle")
    ),
    "PutBucketPolicy": Taking("PUT", "?policy", "/?policy", POLICY, tells("", "policy")),
    "PutBucketReferer": Taking("PUT", "?referer", "/?referer", REFERER, tells("", "referer")),
    "PutBucketTags": Taking("PUT", "?tagging", "/?tagging", TAGS, tells("", "tagging")),
    "PutObject": Taking("PUT", "/new", "/new", b"some bytes of an object", has_new),
    "AppendObject": Taking(
        "POST",
        "/new?append&position=0",
        "/new?append&position=0",
        b"some bytes of an object",
        has_new,
    ),
    "PutObjectTagging": Taking(
        "PUT", "/old?tagging", "/old?tagging", TAGS, tells("/old", "tagging")
    ),
    "PostObject": Taking(
        "POST", "", "", form({"key": "new"}), has_new, [(b"Content-Type", FORM_TYPE)]
    ),
    "DeleteMultipleObjects": Taking(
        "POST", "?delete", "/?delete", DELETE, has_no_old, [MD5_OF_DELETE]
    ),
    "UploadPart": Taking(
        "PUT",
        "/new?partNumber=1&uploadId={}",
        "/new?partNumber=1&uploadId={}",
        PART,
        has_a_part,
        prepare=begun,
    ),
    "CompleteMultipartUpload": Taking(
        "POST", "/new?uploadId={}", "/new?uploadId={}", PARTS, has_new, prepare=with_a_part
    ),
}
SENT = {operation.name for operation in OPERATIONS if operation.method in ("PUT", "POST")}
TAKING = {name: taking for name, taking in ALL.items() if name in SENT}
each = pytest.mark.parametrize("taking", TAKING.values(), ids=TAKING)

CHUNKED = (b"Transfer-Encoding", b"chunked")


@pytest.fixture
def caller(module_server: ServerProcess) -> Caller:
    return Caller(module_server)


@pytest.fixture
def bucket(caller: Caller) -> str:
    """That anybody may write, for the form."""
    name = caller.bucket(WRITE)
    caller.put(name, "old", b"old")
    return name


def test_no_operation_is_forgotten() -> None:
    """Whoever adds a PUT or a POST adds a line here, or to those without a body."""
    assert TAKING.keys() == SENT - BODILESS - {"AssumeRole"}


def test_a_call_of_sts_that_is_cut(caller: Caller) -> None:
    typed = (b"Content-Type", b"application/x-www-form-urlencoded")
    with Connection(caller.port) as connection:
        length = (b"Content-Length", b"18")
        connection.send(head(b"POST", b"/", [typed, length]), b"Action=AssumeRole")
        connection.half_close()
        answer = connection.answer()
    assert (answer.status, answer.error["Code"]) == (400, "IncompleteBody")


@each
def test_small_chunks(caller: Caller, bucket: str, taking: Taking) -> None:
    assert not taking.is_done(caller, bucket)
    with Connection(caller.port) as connection:
        connection.send(taking.head(caller, bucket, CHUNKED), *chunked(pieces_of(taking.body, 7)))
        assert connection.answer().status in (200, 204)
    assert taking.is_done(caller, bucket)


@each
def test_cut_by_length(caller: Caller, bucket: str, taking: Taking) -> None:
    length = (b"Content-Length", b"%d" % len(taking.body))
    check_cut(caller, bucket, taking, taking.head(caller, bucket, length), taking.body[:-1])


@each
def test_cut_between_chunks(caller: Caller, bucket: str, taking: Taking) -> None:
    """Every byte came, but not the chunk that says so."""
    chunks = list(chunked(pieces_of(taking.body, 7)))
    check_cut(caller, bucket, taking, taking.head(caller, bucket, CHUNKED), *chunks[:-1])


@each
@pytest.mark.parametrize("end", [b"zz\r\n", b"-1\r\n", b"5\r\nabcdefg\r\n0\r\n\r\n"])
def test_a_chunk_that_is_none(caller: Caller, bucket: str, taking: Taking, end: bytes) -> None:
    chunks = list(chunked(pieces_of(taking.body, 7)))
    check_cut(caller, bucket, taking, taking.head(caller, bucket, CHUNKED), *chunks[:-1], end)


def check_cut(caller: Caller, bucket: str, taking: Taking, *sent: bytes) -> None:
    with Connection(caller.port) as connection:
        connection.send(*sent)
        connection.half_close()
        answer = connection.answer()
    assert (answer.status, answer.error["Code"]) == (400, "IncompleteBody")
    assert not taking.is_done(caller, bucket)
