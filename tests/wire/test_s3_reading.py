"""What S3's clients are told: reads under conditions, signed URLs, refusals, the access log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.conftest import StartServer
from tests.server_process import TEST_KEY, wait_until
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.raw_http import Headers, RawAnswer
from tests.wire.s3_refusal import s3_refusal
from tests.wire.s3_signer import S3Signer
from tests.wire.store_client import StoreClient

BUCKET = "example-bucket"
CONTENT = b"0123456789"
#: MD5 of the object's bytes.
SAME = b'"781e5e245d69b566979b86e28d23f2c7"'
OTHER = b'"00000000000000000000000000000000"'
BEFORE = b"Mon, 01 Jan 2001 00:00:00 GMT"
AFTER = b"Fri, 01 Jan 2100 00:00:00 GMT"


@pytest.fixture
def owner(store: StoreClient) -> S3Signer:
    return S3Signer(store.port, KEY_ID, SECRET)


@pytest.fixture
def path(owner: S3Signer, key: str) -> str:
    path = f"/{BUCKET}/{key}"
    headers = [(b"Content-Type", b"text/plain"), (b"x-amz-meta-a", b"b")]
    assert owner.send("PUT", path, "", headers, CONTENT).status == 200
    return path


# --- conditions and ranges -----------------------------------------------------------------------

ROWS: list[tuple[Headers, int, bytes | str]] = [
    ([], 200, CONTENT),
    ([(b"If-Match", SAME)], 200, CONTENT),
    ([(b"If-Match", SAME.upper())], 200, CONTENT),
    ([(b"If-Match", OTHER)], 412, "If-Match"),
    ([(b"If-None-Match", OTHER)], 200, CONTENT),
    ([(b"If-None-Match", SAME)], 304, b""),
    ([(b"If-Modified-Since", AFTER)], 304, b""),
    ([(b"If-Unmodified-Since", BEFORE)], 412, "If-Unmodified-Since"),
    ([(b"Range", b"bytes=2-4")], 206, b"234"),
    ([(b"Range", b"bytes=8-100")], 206, b"89"),
    ([(b"Range", b"bytes=-3")], 206, b"789"),
    ([(b"Range", b"bytes=-100")], 206, CONTENT),
    ([(b"Range", b"bytes=10-")], 416, "InvalidRange"),
    ([(b"Range", b"bytes=100-200")], 416, "InvalidRange"),
    ([(b"Range", b"bytes=4-2")], 200, CONTENT),
    ([(b"Range", b"lines=1-2")], 200, CONTENT),
    ([(b"Range", b"bytes=2-4"), (b"If-Range", SAME)], 206, b"234"),
    ([(b"Range", b"bytes=2-4"), (b"If-Range", OTHER)], 200, CONTENT),
]


@pytest.mark.parametrize(("headers", "status", "told"), ROWS)
def test_a_read_under_conditions(
    owner: S3Signer, path: str, headers: Headers, status: int, told: bytes | str
) -> None:
    answer = owner.send("GET", path, "", headers)
    if status == 416:
        s3_refusal(answer, "InvalidRange", 416, "The requested range is not satisfiable")
        assert answer.header("content-range") == "bytes */10"
    elif status == 412:
        message = "At least one of the pre-conditions you specified did not hold"
        error = s3_refusal(answer, "PreconditionFailed", 412, message)
        assert error["Condition"] == told
    else:
        assert (answer.status, answer.body) == (status, told)
        assert answer.header("etag") == SAME.decode()
    head = owner.send("HEAD", path, "", headers)
    assert (head.status, head.header("content-length")) == (
        answer.status,
        answer.header("content-length"),
    )
    assert head.header("content-range") == answer.header("content-range")


@pytest.mark.parametrize(
    ("headers", "condition"),
    [
        ([(b"x-amz-copy-source-if-match", OTHER)], "x-amz-copy-source-if-match"),
        ([(b"x-amz-copy-source-if-none-match", SAME)], "x-amz-copy-source-If-None-Match"),
        ([(b"x-amz-copy-source-if-modified-since", AFTER)], "x-amz-copy-source-If-Modified-Since"),
        (
            [(b"x-amz-copy-source-if-unmodified-since", BEFORE)],
            "x-amz-copy-source-if-unmodified-since",
        ),
    ],
)
def test_a_copy_under_a_condition_that_does_not_hold(
    owner: S3Signer, path: str, headers: Headers, condition: str
) -> None:
    """OSS answers 304 to the two in the middle; S3 refuses."""
    copied = [(b"x-amz-copy-source", path.encode()), *headers]
    error = s3_refusal(owner.send("PUT", f"{path}-copy", "", copied), "PreconditionFailed", 412)
    assert error["Condition"].lower() == condition.lower()
    s3_refusal(owner.send("GET", f"{path}-copy"), "NoSuchKey", 404)


# --- overrides -----------------------------------------------------------------------------------


def _urls(owner: S3Signer, path: str, **given: str) -> list[str]:
    """The same read by each kind of signed URL."""
    parameters = {name.replace("_", "-"): value for name, value in given.items()}
    query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
    return [owner.url("GET", path, parameters), owner.url_v2("GET", path, query)]


def test_a_signed_url_says_how_an_object_is_shown(owner: S3Signer, path: str) -> None:
    given = {"response_content_type": "image/png", "response_content_disposition": "inline"}
    for target in _urls(owner, path, **given):
        answer = owner.get(target)
        assert (answer.status, answer.body) == (200, CONTENT)
        assert answer.header("content-type") == "image/png"
        assert answer.header("content-disposition") == "inline"


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/xml", "none"])
def test_but_not_that_it_runs(owner: S3Signer, path: str, content_type: str) -> None:
    given = {"response_content_type": content_type, "response_content_disposition": "inline"}
    for target in _urls(owner, path, **given):
        answer = owner.get(target)
        assert answer.header("content-type") == content_type
        assert answer.header("content-disposition") == "attachment"
        assert answer.header("content-security-policy") == "sandbox; default-src 'none'"
        assert answer.header("x-content-type-options") == "nosniff"


def test_nor_more_than_was_signed(owner: S3Signer, path: str) -> None:
    for target in _urls(owner, path, response_content_type="image/png"):
        for changed in (
            target.replace("png", "gif"),
            f"{target}&response-content-disposition=inline",
            f"{target}&response-expires=a",
        ):
            s3_refusal(owner.get(changed), "SignatureDoesNotMatch", 403)


def test_nor_anybody(owner: S3Signer, key: str) -> None:
    path = f"/readable/{key}"
    assert owner.send("PUT", path, body=CONTENT).status == 200
    asked = f"{path}?response-content-type=text/html&x-amz-a=b"
    message = "Request specific response headers cannot be used for anonymous GET requests."
    s3_refusal(owner.get(asked), "InvalidRequest", 400, message)


def test_no_header_is_broken_by_one(owner: S3Signer, path: str) -> None:
    for value in ("a\r\nSet-Cookie: b", "a\nb", "a\x00"):
        target = owner.url("GET", path, {"response-content-disposition": value})
        s3_refusal(owner.get(target), "InvalidArgument", 400)


# --- signed URLs ---------------------------------------------------------------------------------


def test_urls_expire(owner: S3Signer, path: str) -> None:
    assert owner.get(owner.url("GET", path, age=timedelta(seconds=10))).body == CONTENT
    stale = owner.url("GET", path, age=timedelta(seconds=61))
    s3_refusal(owner.get(stale), "AccessDenied", 403, "Request has expired")
    longer = stale.replace("X-Amz-Expires=60", "X-Amz-Expires=600")
    s3_refusal(owner.get(longer), "SignatureDoesNotMatch", 403)


def test_a_url_signs_its_headers(owner: S3Signer, path: str) -> None:
    typed = [(b"Content-Type", b"image/png")]
    target = owner.url("PUT", path, headers=typed)
    others: list[Headers] = [[], [(b"Content-Type", b"text/html")]]
    for other in others:
        s3_refusal(owner.get(target, "PUT", other), "SignatureDoesNotMatch", 403)
    assert owner.get(target, "PUT", typed).status == 200
    assert owner.send("GET", path).header("content-type") == "image/png"


# --- refusals ------------------------------------------------------------------------------------

REFUSALS: list[tuple[str, str, str, int, str]] = [
    ("GET", "/none/a", "NoSuchBucket", 404, "The specified bucket does not exist."),
    ("GET", f"/{BUCKET}/none", "NoSuchKey", 404, "The specified key does not exist."),
    ("GET", "/No_Bucket/a", "InvalidBucketName", 400, "The specified bucket is not valid."),
    (
        "PATCH",
        f"/{BUCKET}/a",
        "MethodNotAllowed",
        405,
        "The specified method is not allowed against this resource.",
    ),
    (
        "PUT",
        f"/{BUCKET}",
        "BucketAlreadyOwnedByYou",
        409,
        "Your previous request to create the named bucket succeeded and you already own it.",
    ),
    ("GET", f"/{BUCKET}?tagging", "NoSuchTagSet", 404, "The TagSet does not exist"),
    (
        "GET",
        f"/{BUCKET}?cors",
        "NoSuchCORSConfiguration",
        404,
        "The CORS configuration does not exist",
    ),
    ("GET", f"/{BUCKET}?policy", "NoSuchBucketPolicy", 404, "The bucket policy does not exist"),
    (
        "POST",
        f"/{BUCKET}/a?uploadId=none",
        "MalformedXML",
        400,
        "The XML you provided was not well-formed or did not validate against our published "
        "schema.",
    ),
    (
        "DELETE",
        f"/{BUCKET}/a?uploadId=none",
        "NoSuchUpload",
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        "been aborted or completed.",
    ),
]


@pytest.mark.parametrize(("method", "address", "code", "status", "message"), REFUSALS)
def test_refusals_have_the_texts_of_s3(
    owner: S3Signer, method: str, address: str, code: str, status: int, message: str
) -> None:
    path, _, query = address.partition("?")
    s3_refusal(owner.send(method, path, query), code, status, message)


def test_who_may_not_and_who_is_not(owner: S3Signer, path: str) -> None:
    for answer in (owner.anybody().send("GET", path), owner.anybody().send("GET", f"/{BUCKET}")):
        s3_refusal(answer, "AccessDenied", 403, "Access Denied")
    nobody = S3Signer(owner.port, "no-such-key", SECRET)
    wrong = S3Signer(owner.port, KEY_ID, "wrong")
    for answer in (nobody.send("GET", path), nobody.get(nobody.url("GET", path))):
        message = "The AWS Access Key Id you provided does not exist in our records."
        s3_refusal(answer, "InvalidAccessKeyId", 403, message)
    for answer in (
        wrong.send("GET", path),
        wrong.send_v2("GET", path),
        wrong.get(wrong.url("GET", path)),
        wrong.get(wrong.url_v2("GET", path)),
    ):
        error = s3_refusal(
            answer,
            "SignatureDoesNotMatch",
            403,
            "The request signature we calculated does not match the signature you provided. Check "
            "your key and signing method.",
        )
        assert error["AWSAccessKeyId"] == KEY_ID
        assert SECRET not in answer.body.decode()


def test_head_tells_the_status_alone(owner: S3Signer, path: str) -> None:
    for answer, status in (
        (owner.send("HEAD", f"{path}-none"), 404),
        (owner.send("HEAD", "/none"), 404),
        (owner.anybody().send("HEAD", path), 403),
        (S3Signer(owner.port, KEY_ID, "wrong").send("HEAD", path), 403),
    ):
        assert (answer.status, answer.body) == (status, b"")
        assert answer.header("x-amz-request-id")
        assert not [name for name, _ in answer.headers if name.startswith("x-oss-")]


# --- the access log ------------------------------------------------------------------------------


def _lines(output: str, answers: list[RawAnswer]) -> Iterator[str]:
    for answer in answers:
        request_id = answer.header("x-amz-request-id") or "none"
        yield next(line for line in output.splitlines() if request_id in line)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_access_log_tells_all_but_secrets(start_server: StartServer, log_format: str) -> None:
    server = start_server("--log-format", log_format)
    signer = S3Signer(server.port, TEST_KEY.id, TEST_KEY.secret)
    assert signer.send("PUT", "/photos").status == 200
    assert signer.send("PUT", "/photos/a b", body=CONTENT).status == 200
    v4_url, v2_url = signer.url("GET", "/photos/a b"), signer.url_v2("GET", "/photos/a b")
    signed = signer.signed("GET", "/photos/a b", payload="UNSIGNED-PAYLOAD")
    authorization = dict(signed.headers)[b"Authorization"].decode()
    session = S3Signer(server.port, TEST_KEY.id, TEST_KEY.secret, "hidden-token")
    answers = [
        signer.get(v4_url),
        signer.get(v2_url),
        signer.get(signed.target, headers=signed.headers),
        signer.get(v4_url + "0"),
        session.send("GET", "/photos/a b"),
        session.get(session.url("GET", "/photos/a b")),
        signer.anybody().send("GET", "/photos/a b"),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200, 403, 400, 400, 403]
    ids = [answer.header("x-amz-request-id") or "none" for answer in answers]
    wait_until(lambda: all(i in server.output for i in ids), "the lines of the log")
    logged = server.output + server.notices
    for secret in (
        TEST_KEY.secret,
        "hidden-token",
        authorization.rpartition("=")[2],
        v4_url.rpartition("=")[2],
        v2_url.rpartition("=")[2],
        "X-Amz-",
        "Expires",
    ):
        assert secret not in logged
    lines = list(_lines(server.output, answers))
    if log_format == "text":
        for line in lines[:4]:
            assert TEST_KEY.id in line
        return
    records = [json.loads(line) for line in lines]
    assert {record["dialect"] for record in records} == {"s3"}
    assert {record["key"] for record in records} == {"a b"}
    assert [record["access_key_id"] for record in records[:4]] == [TEST_KEY.id] * 4
    assert records[6]["access_key_id"] is None
    assert records[3]["code"] == "SignatureDoesNotMatch"
