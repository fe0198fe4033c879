"""Which dialect a request speaks, what S3's signatures cover, and what S3's clients are told."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.callback_site import site
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire import signatures
from tests.wire.raw_http import Headers, RawAnswer, request
from tests.wire.s3_forms import full
from tests.wire.s3_refusal import s3_refusal
from tests.wire.s3_signer import S3Signer
from tests.wire.store_client import FORM_TYPE, StoreClient, form

BUCKET = "example-bucket"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = StoreClient(
        tmp_path_factory.mktemp("store"),
        *("--init-bucket", f"{BUCKET}:private"),
        *("--init-bucket", "readable:public-read"),
        *("--init-bucket", "open:public-read-write"),
        *("--callback-allow", "127.0.0.1"),
    )
    yield client
    client.end()


@pytest.fixture
def owner(store: StoreClient) -> S3Signer:
    return S3Signer(store.port, KEY_ID, SECRET)


@pytest.fixture
def path(owner: S3Signer, key: str) -> Iterator[str]:
    """Of an object that must stay as it is."""
    path = f"/{BUCKET}/{key}"
    assert owner.send("PUT", path, body=b"old").status == 200
    yield path
    read = owner.send("GET", path)
    assert (read.body, read.header("x-amz-meta-a")) == (b"old", None)
    assert owner.anybody().get(path).status == 403


# --- the dialect ---------------------------------------------------------------------------------


class TestMixedHeads:
    @pytest.mark.parametrize(
        "header",
        [
            (b"x-oss-object-acl", b"public-read"),
            (b"X-Oss-Meta-A", b"b"),
            (b"x-oss-callback", b"e30="),
            (b"x-oss-forbid-overwrite", b"true"),
        ],
    )
    def test_of_oss_in_a_request_that_s3_signed(
        self, owner: S3Signer, path: str, header: tuple[bytes, bytes]
    ) -> None:
        for send in (owner.send, owner.send_v2):
            _mixed(send("PUT", path, "", [header], b"new"))
        for target in (owner.url("PUT", path), owner.url_v2("PUT", path)):
            _mixed(owner.get(target, "PUT", [header]))

    @pytest.mark.parametrize("parameter", ["x-oss-process=a", "X-Oss-Acl=b", "OSSAccessKeyId=c"])
    def test_a_parameter_of_oss_likewise(self, owner: S3Signer, path: str, parameter: str) -> None:
        _mixed(owner.send("PUT", path, parameter, body=b"new"))
        _mixed(owner.get(f"{owner.url_v2('PUT', path)}&{parameter}", "PUT"))

    @pytest.mark.parametrize(
        "header",
        [
            (b"x-amz-acl", b"public-read"),
            (b"X-Amz-Meta-A", b"b"),
            (b"x-amz-copy-source", b"/open/a"),
            (b"amz-sdk-request", b"attempt=1"),
        ],
    )
    def test_of_s3_in_a_request_that_oss_signed(
        self, store: StoreClient, path: str, header: tuple[bytes, bytes]
    ) -> None:
        key = path.removeprefix(f"/{BUCKET}/")
        _mixed(store.signed("PUT", BUCKET, key, headers=[header]))
        _mixed(store.signed("PUT", BUCKET, key, query="x-amz-acl=public-read"))
        signed = signatures.authorization(KEY_ID, SECRET, "PUT", path, {"x-oss-meta-b": "c"})
        _mixed(request(store.port, b"PUT", path.encode(), [*signed, header], b"new"))

    def test_both_signatures(self, owner: S3Signer, path: str) -> None:
        oss = signatures.authorization(KEY_ID, SECRET, "PUT", path)
        _mixed(request(owner.port, b"PUT", owner.url("PUT", path).encode(), oss, b"new"))


def _mixed(answer: RawAnswer) -> None:
    error = answer.error
    assert (answer.status, error["Code"]) == (400, "InvalidArgument"), error
    assert "not both" in error["Message"]


def test_nobody_speaks_oss_unless_the_head_says_s3(owner: S3Signer, path: str) -> None:
    plain = owner.get(path)
    assert plain.error["Message"] == "Anonymous user has no right to access this object."
    assert plain.header("x-oss-request-id") == plain.error["RequestId"]
    assert plain.header("x-amz-request-id") is None
    for headers in ([(b"x-amz-date", b"20300101T000000Z")], [(b"amz-sdk-invocation-id", b"1")]):
        s3_refusal(owner.get(path, headers=headers), "AccessDenied", 403, "Access Denied")
    s3_refusal(owner.get(f"{path}?x-amz-a=b"), "AccessDenied", 403, "Access Denied")
    # A content delivery network adds this to everybody's requests.
    assert owner.get(path, headers=[(b"x-amz-cf-id", b"a")]).header("x-oss-request-id")


# --- what is signed ------------------------------------------------------------------------------


def test_headers_as_parameters_of_a_signed_url(owner: S3Signer, key: str) -> None:
    parameters = {
        "X-Amz-Acl": "public-read",
        "x-amz-meta-Name": "é",
        "X-Amz-Tagging": "a=b",
        "x-amz-storage-class": "STANDARD_IA",
    }
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    path = f"/{BUCKET}/{key}"
    for target in (owner.url("PUT", path, parameters), owner.url_v2("PUT", path, query)):
        assert owner.get(target, "PUT").status == 200
        read = owner.send("GET", path)
        assert read.header("x-amz-meta-name") == "é"
        assert read.header("x-amz-tagging-count") == "1"
        assert read.header("x-amz-storage-class") == "STANDARD_IA"
        assert owner.get(path).status == 200
        assert owner.send("DELETE", path).status == 204


@pytest.mark.parametrize(
    "added",
    [
        "x-amz-acl=public-read",
        "X-Amz-Acl=public-read",
        "x-amz-meta-a=b",
        "x-amz-tagging=a%3Db",
        "x-amz-copy-source=%2Freadable%2Fother",
        "x-amz-content-sha256=STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-checksum-crc32=AAAAAA%3D%3D",
    ],
)
class TestAddedParameters:
    """Whoever passes a signed request on can't add to it."""

    def test_to_a_url(self, owner: S3Signer, path: str, added: str) -> None:
        for target in (owner.url("PUT", path), owner.url_v2("PUT", path)):
            s3_refusal(owner.get(f"{target}&{added}", "PUT"), "SignatureDoesNotMatch", 403)

    def test_beside_a_v2_header(self, owner: S3Signer, path: str, added: str) -> None:
        """There V2 signs no such parameter, and so it means nothing."""
        answer = owner.send_v2("PUT", path, body=b"old", unsigned_query=added)
        assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("added", ["acl", "tagging", "partNumber=1"])
def test_an_operation_is_not_added_either(owner: S3Signer, path: str, added: str) -> None:
    for target in (owner.url("PUT", path), owner.url_v2("PUT", path)):
        s3_refusal(owner.get(f"{target}&{added}", "PUT"), "SignatureDoesNotMatch", 403)
    answer = owner.send_v2("PUT", path, body=b"new", unsigned_query=added)
    s3_refusal(answer, "SignatureDoesNotMatch", 403)


def test_a_token_that_is_added(owner: S3Signer, path: str) -> None:
    for target in (owner.url("PUT", path), owner.url_v2("PUT", path)):
        answer = owner.get(f"{target}&x-amz-security-token=a", "PUT")
        s3_refusal(answer, "InvalidToken", 400)


def test_headers_that_are_added(owner: S3Signer, path: str) -> None:
    added = [(b"x-amz-acl", b"public-read")]
    s3_refusal(owner.get(owner.url("PUT", path), "PUT", added), "AccessDenied", 403)
    s3_refusal(owner.get(owner.url_v2("PUT", path), "PUT", added), "SignatureDoesNotMatch", 403)
    signed = owner.signed("PUT", path, payload="UNSIGNED-PAYLOAD")
    answer = request(owner.port, b"PUT", signed.target.encode(), [*signed.headers, *added], b"new")
    s3_refusal(answer, "AccessDenied", 403)


def test_repeated_headers(owner: S3Signer, path: str) -> None:
    for header in ((b"x-amz-meta-a", b"b"), (b"X-Amz-Acl", b"private")):
        twice = [header, (header[0].lower(), header[1])]
        error = s3_refusal(owner.send("PUT", path, "", twice, b"new"), "InvalidArgument", 400)
        assert error["ArgumentName"] == header[0].decode().lower()


def test_nobody_is_called(owner: S3Signer, key: str) -> None:
    path = f"/{BUCKET}/{key}"
    with site() as one:
        document = {"callbackUrl": one.url("/cb"), "callbackBody": "a=b"}
        callback = base64.b64encode(json.dumps(document).encode()).decode()
        added = f"callback={quote(callback, safe='')}"
        for target in (owner.url("PUT", path), owner.url_v2("PUT", path)):
            s3_refusal(owner.get(f"{target}&{added}", "PUT"), "SignatureDoesNotMatch", 403)
        told = owner.url("PUT", path, {"callback": callback})
        for answer in (owner.get(told, "PUT"), owner.send("PUT", path, added)):
            assert (answer.status, answer.body) == (200, b"")
        headers = [(b"x-amz-callback", callback.encode())]
        assert owner.send("PUT", path, "", headers).status == 200
    assert one.heard == []


# --- the owner that is expected ------------------------------------------------------------------


def test_another_owner_than_expected(owner: S3Signer, path: str) -> None:
    told = owner.send("GET", f"/{BUCKET}", "acl").body
    account = told.partition(b"<ID>")[2].partition(b"</ID>")[0]
    name = b"x-amz-expected-bucket-owner"
    assert owner.send("GET", path, "", [(name, account)]).body == b"old"
    wrong = [(name, b"123456789012")]
    key = path.removeprefix(f"/{BUCKET}/")
    deletion = f"<Delete><Object><Key>{key}</Key></Object></Delete>".encode()
    calls: list[tuple[str, str, str, bytes]] = [
        ("GET", path, "", b""),
        ("PUT", path, "", b"new"),
        ("DELETE", path, "", b""),
        ("POST", f"/{BUCKET}", "delete", deletion),
        ("POST", path, "uploads", b""),
        ("PUT", path, "tagging", b"<Tagging/>"),
        ("GET", f"/{BUCKET}", "", b""),
        ("GET", f"/{BUCKET}", "acl", b""),
        ("PUT", f"/{BUCKET}", "policy", b"{}"),
        ("DELETE", f"/{BUCKET}", "", b""),
    ]
    for method, address, query, body in calls:
        answer = owner.send(method, address, query, wrong, body)
        s3_refusal(answer, "AccessDenied", 403, "Access Denied")
    s3_refusal(owner.get(owner.url("GET", path, {name.decode(): "1"})), "AccessDenied", 403)


def test_another_owner_of_a_source_than_expected(owner: S3Signer, path: str) -> None:
    copying = [
        (b"x-amz-copy-source", b"/readable/source"),
        (b"x-amz-source-expected-bucket-owner", b"123456789012"),
    ]
    assert owner.send("PUT", "/readable/source", body=b"source").status == 200
    s3_refusal(owner.send("PUT", path, "", copying), "AccessDenied", 403)
    begun = owner.send("POST", path, "uploads").body
    upload_id = begun.partition(b"<UploadId>")[2].partition(b"</UploadId>")[0].decode()
    part = owner.send("PUT", path, f"partNumber=1&uploadId={upload_id}", copying)
    s3_refusal(part, "AccessDenied", 403)
    assert owner.send("DELETE", path, f"uploadId={upload_id}").status == 204


# --- what is not served --------------------------------------------------------------------------

#: Configurations of which a bucket that never had any can be rid.
REMOVED = (*("website", "encryption", "replication", "ownershipControls", "publicAccessBlock"),)


@pytest.mark.parametrize(
    "call",
    [
        *("PUT versionId=null", "POST uploads&versionId=null"),
        *("GET attributes", "GET torrent", "GET legal-hold", "GET retention", "PUT retention"),
        *("PUT legal-hold", "POST select&select-type=2", "PUT renameObject"),
        *("GET acl&partNumber=1", "GET partNumber=1&uploadId=x", "PUT encryption"),
        *("PUT newer-than-this", "DELETE newer-than-this"),
    ],
)
def test_what_else_objects_have(owner: S3Signer, path: str, call: str) -> None:
    method, _, query = call.partition(" ")
    answer = owner.send(method, path, query)
    if method == "HEAD":
        assert answer.status == 501
    else:
        s3_refusal(answer, "NotImplemented", 501)


@pytest.mark.parametrize(
    "name",
    """
    abac accelerate analytics encryption intelligent-tiering inventory logging
    metadataTable metrics notification object-lock ownershipControls publicAccessBlock replication
    requestPayment website
    """.split(),  # noqa: SIM905 (so many words read better as text)
)
def test_what_else_buckets_have(owner: S3Signer, path: str, name: str) -> None:
    for method in ("PUT", "DELETE"):
        for query in (name, f"{name}&id=a"):
            answer = owner.send(method, f"/{BUCKET}", query)
            if method == "DELETE" and name in REMOVED:
                assert answer.status == 204
            else:
                s3_refusal(answer, "NotImplemented", 501)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("website", "NoSuchWebsiteConfiguration"),
        ("logging", "<BucketLoggingStatus"),
        ("encryption", "ServerSideEncryptionConfigurationNotFoundError"),
        ("requestPayment", "<Payer>BucketOwner</Payer>"),
        ("accelerate", "<AccelerateConfiguration"),
        ("replication", "ReplicationConfigurationNotFoundError"),
        ("notification", "<NotificationConfiguration"),
        ("ownershipControls", "OwnershipControlsNotFoundError"),
        ("publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
        ("object-lock", "ObjectLockConfigurationNotFoundError"),
    ],
)
def test_what_no_bucket_ever_had(owner: S3Signer, path: str, name: str, told: str) -> None:
    answer = owner.send("GET", f"/{BUCKET}", name)
    if told.startswith("<"):
        assert (answer.status, told in answer.body.decode()) == (200, True)
    else:
        s3_refusal(answer, told, 404)
    s3_refusal(owner.anybody().send("GET", f"/{BUCKET}", name), "AccessDenied", 403)


@pytest.mark.parametrize(
    "name",
    [
        b"x-amz-object-lock-mode",
        b"x-amz-object-lock-legal-hold",
        b"x-amz-object-lock-retain-until-date",
        b"x-amz-server-side-encryption-customer-algorithm",
        b"x-amz-server-side-encryption-aws-kms-key-id",
        b"x-amz-website-redirect-location",
        b"x-amz-write-offset-bytes",
    ],
)
def test_what_no_object_can_have(owner: S3Signer, path: str, name: bytes) -> None:
    told = [(name, b"1")]
    copied = [*told, (b"x-amz-copy-source", b"/readable/source")]
    assert owner.send("PUT", "/readable/source", body=b"source").status == 200
    for answer in (
        owner.send("PUT", path, "", told, b"new"),
        owner.send("POST", path, "uploads", told),
        owner.send("PUT", path, "", copied),
        owner.get(owner.url("PUT", path, {name.decode(): "1"}), "PUT"),
    ):
        assert s3_refusal(answer, "NotImplemented", 501)["Header"] == name.decode()


def test_the_version_null_is_the_object(owner: S3Signer, path: str) -> None:
    assert owner.send("GET", path, "versionId=null").body == b"old"
    assert owner.send("HEAD", path, "versionId=null").status == 200
    copied = [(b"x-amz-copy-source", f"{path}?versionId=null".encode())]
    assert owner.send("PUT", f"{path}-copy", "", copied).status == 200
    assert owner.send("DELETE", f"{path}-copy", "versionId=null").status == 204
    s3_refusal(owner.send("GET", f"{path}-copy"), "NoSuchKey", 404)


def test_policies_in_other_words_are_not_kept(owner: S3Signer, path: str) -> None:
    """A policy that says nothing here must not look as if it held."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    for version in ("2012-10-17", "2008-10-17", "1"):
        document = json.dumps({"Version": version, "Statement": [statement]}).encode()
        answer = owner.send("PUT", f"/{BUCKET}", "policy", body=document)
        s3_refusal(answer, "InvalidPolicyDocument", 400)
    s3_refusal(owner.send("GET", f"/{BUCKET}", "policy"), "NoSuchBucketPolicy", 404)


# --- forms with S3's headers in their head -------------------------------------------------------


class TestForms:
    @pytest.mark.parametrize(
        "told",
        [
            [(b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD")],
            [(b"x-amz-date", b"20300101T000000Z")],
            [(b"amz-sdk-request", b"attempt=1")],
        ],
    )
    def test_they_are_no_matter(self, store: StoreClient, told: Headers) -> None:
        answer = store.post(BUCKET, form({**full(), "key": "foo-head"}), told)
        assert answer.status == 204, answer.body
        assert store.read(BUCKET, "foo-head").body == b"bytes"

    @pytest.mark.parametrize(
        ("told", "code"),
        [
            ([(b"x-amz-content-sha256", b"0" * 64)], "XAmzContentSHA256Mismatch"),
            ([(b"x-amz-checksum-crc32", b"AAAAAA==")], "BadDigest"),
            (
                [
                    (b"x-amz-content-sha256", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
                    (b"x-amz-decoded-content-length", b"5"),
                ],
                "IncompleteBody",
            ),
            ([(b"x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD")], "InvalidRequest"),
            ([(b"x-amz-expected-bucket-owner", b"123456789012")], "AccessDenied"),
        ],
    )
    def test_but_what_they_say_holds(self, store: StoreClient, told: Headers, code: str) -> None:
        before = store.files()
        content = b"a" * 100_000
        fields = {"key": "held.txt"}
        answer = store.post("open", form(fields, content), told)
        assert answer.error["Code"] == code
        assert store.read("open", "held.txt").status == 404
        assert (store.unfinished(), store.files()) == (0, before)

    def test_a_signed_head_is_none_of_a_form_s(self, owner: S3Signer, store: StoreClient) -> None:
        body = form({"key": "unsigned.txt"})
        answer = owner.send("POST", f"/{BUCKET}", "", [(b"Content-Type", FORM_TYPE)], body)
        assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
        assert store.read(BUCKET, "unsigned.txt").status == 404

    def test_a_post_without_a_form_is_refused_in_the_dialect_of_its_head(
        self, owner: S3Signer
    ) -> None:
        answer = owner.send("POST", f"/{BUCKET}", "", [(b"Content-Type", b"text/plain")], b"a")
        error = s3_refusal(answer, "PreconditionFailed", 412)
        assert error["Condition"] == (
            "Bucket POST must be of the enclosure-type multipart/form-data"
        )
