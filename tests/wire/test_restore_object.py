"""RestoreObject: archived objects are read at once, and clients that thaw them first go on."""

from __future__ import annotations

import pytest

from tests.server_process import TEST_KEY, ServerProcess
from tests.wire.identities import Signer, allow, identities_of, new_user
from tests.wire.rest import bucket, caller
from tests.wire.s3_speaker import S3Speaker

__all__ = ["bucket", "caller"]

ONE_DAY = b"<RestoreRequest><Days>1</Days></RestoreRequest>"
THAWED = 'ongoing-request="false"'

OSS_CLASSES = ["Archive", "ColdArchive", "DeepColdArchive"]
S3_CLASSES = ["GLACIER", "DEEP_ARCHIVE"]


@pytest.fixture
def owner(module_server: ServerProcess) -> Signer:
    return Signer(module_server.port, TEST_KEY.id, TEST_KEY.secret)


@pytest.fixture
def s3_owner(owner: Signer) -> S3Speaker:
    return S3Speaker.of(owner)


def put(signer: Signer, bucket: str, storage_class: str) -> str:
    """The path of a new object of a class, as the signer's dialect calls it."""
    path = f"/{bucket}/{storage_class}"
    headers = [(b"x-oss-storage-class", storage_class.encode())]
    assert signer.send("PUT", path, headers=headers, body=b"ice").status == 200
    return path


@pytest.mark.parametrize("storage_class", OSS_CLASSES)
@pytest.mark.parametrize("body", [b"", ONE_DAY])
def test_an_archived_object_is_read_before_and_after(
    owner: Signer, bucket: str, storage_class: str, body: bytes
) -> None:
    path = put(owner, bucket, storage_class)
    assert owner.send("GET", path).body == b"ice"
    for _ in range(2):
        answer = owner.send("POST", path, "restore", body=body)
        assert (answer.status, answer.body) == (202, b"")
    for method in ("GET", "HEAD"):
        told = owner.send(method, path)
        assert (told.status, told.header("x-oss-restore")) == (200, THAWED)
        assert told.header("x-oss-storage-class") == storage_class
    assert owner.send("GET", path).body == b"ice"


@pytest.mark.parametrize("storage_class", S3_CLASSES)
def test_likewise_in_s3(s3_owner: S3Speaker, bucket: str, storage_class: str) -> None:
    path = put(s3_owner, bucket, storage_class)
    for _ in range(2):
        assert s3_owner.send("POST", path, "restore", body=ONE_DAY).status == 202
    told = s3_owner.send("GET", path)
    assert (told.body, told.header("x-amz-restore")) == (b"ice", THAWED)
    without = s3_owner.send("POST", path, "restore")
    assert (without.status, without.error["Code"]) == (400, "MalformedXML")


@pytest.mark.parametrize("storage_class", ["Standard", "IA"])
def test_what_needs_no_thawing_is_refused(owner: Signer, bucket: str, storage_class: str) -> None:
    path = put(owner, bucket, storage_class)
    answer = owner.send("POST", path, "restore", body=ONE_DAY)
    assert (answer.status, answer.error["Code"]) == (400, "OperationNotSupported")
    assert answer.error["EC"] == "0016-00000702"
    assert owner.send("HEAD", path).header("x-oss-restore") is None


@pytest.mark.parametrize("storage_class", ["STANDARD", "STANDARD_IA", "GLACIER_IR"])
def test_and_so_it_is_in_s3(s3_owner: S3Speaker, bucket: str, storage_class: str) -> None:
    path = put(s3_owner, bucket, storage_class)
    answer = s3_owner.send("POST", path, "restore", body=ONE_DAY)
    assert (answer.status, answer.error["Code"]) == (403, "InvalidObjectState")
    assert answer.error["StorageClass"] == storage_class
    assert s3_owner.send("HEAD", path).header("x-amz-restore") is None


@pytest.mark.parametrize("speaks", [Signer, S3Speaker])
def test_the_right_is_asked_first(
    module_server: ServerProcess, owner: Signer, bucket: str, speaks: type[Signer]
) -> None:
    put(owner, bucket, "ColdArchive")
    name = f"thawer-{speaks.__name__}-{bucket}"
    with identities_of(module_server.data_dir) as door:
        account = door.root_account_id()
        user = new_user(owner.port, door, account, name, allow("oss:Get*", "oss:Put*"))
        asks = speaks(user.port, user.key_id, user.secret)
        for key in ("ColdArchive", "nowhere"):
            answer = asks.send("POST", f"/{bucket}/{key}", "restore", body=b"<no")
            assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
        door.attach(account, "user", name, "thaw", allow("oss:RestoreObject"))
        missing = asks.send("POST", f"/{bucket}/nowhere", "restore", body=b"<no")
        assert (missing.status, missing.error["Code"]) == (404, "NoSuchKey")
        answer = asks.send("POST", f"/{bucket}/ColdArchive", "restore", body=ONE_DAY)
        assert answer.status == 202


JOB = "<Days>1</Days><JobParameters>{}</JobParameters>"
GLACIER_JOB = "<Days>1</Days><GlacierJobParameters>{}</GlacierJobParameters>"
BULK = "<Tier>Bulk</Tier>"


@pytest.mark.parametrize("inner", ["<Days>365</Days>", JOB.format(BULK), JOB.format("")])
def test_documents_of_oss(owner: Signer, bucket: str, inner: str) -> None:
    path = put(owner, bucket, "ColdArchive")
    body = f"<RestoreRequest>{inner}</RestoreRequest>".encode()
    assert owner.send("POST", path, "restore", body=body).status == 202


@pytest.mark.parametrize(
    "inner",
    [
        "<Days>30</Days>",
        GLACIER_JOB.format(BULK),
        "<Days>2</Days><Tier>Expedited</Tier><Description>tea</Description>",
    ],
)
def test_documents_of_s3(s3_owner: S3Speaker, bucket: str, inner: str) -> None:
    path = put(s3_owner, bucket, "GLACIER")
    body = f"<RestoreRequest>{inner}</RestoreRequest>".encode()
    assert s3_owner.send("POST", path, "restore", body=body).status == 202


@pytest.mark.parametrize(
    "body",
    [
        "<RestoreRequest>",
        "<Restore><Days>1</Days></Restore>",
        "<RestoreRequest/>",
        "<RestoreRequest><Days>0</Days></RestoreRequest>",
        "<RestoreRequest><Days>-1</Days></RestoreRequest>",
        "<RestoreRequest><Days>1</Days><Days>1</Days></RestoreRequest>",
        "<RestoreRequest><Days>1</Days><Moon/></RestoreRequest>",
        f"<RestoreRequest>{JOB.format('<Tier>Slow</Tier>')}</RestoreRequest>",
        f"<RestoreRequest>{JOB.format(BULK * 2)}</RestoreRequest>",
        "<RestoreRequest><Days>1</Days><Tier>Slow</Tier></RestoreRequest>",
        "<RestoreRequest><Days>1</Days></RestoreRequest>" + " " * 16385,
    ],
)
def test_a_document_of_another_schema_is_refused(
    owner: Signer, s3_owner: S3Speaker, bucket: str, body: str
) -> None:
    for signer, storage_class in ((owner, "ColdArchive"), (s3_owner, "GLACIER")):
        path = put(signer, bucket, storage_class)
        answer = signer.send("POST", path, "restore", body=body.encode())
        assert (answer.status, answer.error["Code"]) == (400, "MalformedXML")


@pytest.mark.parametrize("inner", ["<Type>SELECT</Type>", "<OutputLocation/>"])
def test_queries_are_not_implemented(s3_owner: S3Speaker, bucket: str, inner: str) -> None:
    path = put(s3_owner, bucket, "GLACIER")
    body = f"<RestoreRequest>{inner}</RestoreRequest>".encode()
    answer = s3_owner.send("POST", path, "restore", body=body)
    assert (answer.status, answer.error["Code"]) == (501, "NotImplemented")
