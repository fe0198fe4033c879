"""ACLs by S3: canned, grants in headers, documents; and who may read then."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import fromstring

import pytest

from pillarbox.model.s3_grants import ALL_USERS
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.raw_http import Headers, RawAnswer
from tests.wire.s3_refusal import s3_refusal
from tests.wire.s3_signer import S3Signer
from tests.wire.store_client import StoreClient

BUCKET = "example-bucket"
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
ALL = f'uri="{ALL_USERS}"'.encode()

#: What a test puts: headers and a document.
Put = tuple[Headers, bytes]


@pytest.fixture
def owner(store: StoreClient) -> S3Signer:
    return S3Signer(store.port, KEY_ID, SECRET)


@pytest.fixture
def path(owner: S3Signer, key: str) -> str:
    path = f"/{BUCKET}/{key}"
    assert owner.send("PUT", path, body=b"bytes").status == 200
    return path


@pytest.fixture
def bucket(owner: S3Signer, key: str) -> str:
    """A private bucket with an object `a`; its path."""
    path = "/acl-" + key.rpartition("/")[2].removesuffix(".txt")
    assert owner.send("PUT", path).status == 200
    assert owner.send("PUT", f"{path}/a", body=b"bytes").status == 200
    return path


def acl_of(answer: RawAnswer) -> tuple[str, list[tuple[str, str]]]:
    """The owner of a document, and grantee and permission of each grant."""
    assert answer.status == 200, answer.body
    root = fromstring(answer.body)
    assert root.tag == f"{NAMESPACE}AccessControlPolicy"
    grants = []
    for grant in root.iter(f"{NAMESPACE}Grant"):
        grantee = grant[0]
        named = grantee.findtext(f"{NAMESPACE}ID") or grantee.findtext(f"{NAMESPACE}URI")
        grants.append((named or "", grant.findtext(f"{NAMESPACE}Permission") or ""))
    return root.findtext(f"{NAMESPACE}Owner/{NAMESPACE}ID") or "", grants


def to_all(owner: S3Signer, address: str) -> list[str]:
    """What everybody is granted; the rest must be the owner's full control."""
    owner_id, grants = acl_of(owner.send("GET", address, "acl"))
    assert grants[0] == (owner_id, "FULL_CONTROL")
    assert {grantee for grantee, _ in grants[1:]} <= {ALL_USERS}
    return [permission for _, permission in grants[1:]]


def document(account: str, *to: tuple[str, str], owner: str | None = None) -> bytes:
    """A policy with these grants besides the owner's."""
    grants = [(account, "FULL_CONTROL"), *to]
    lines = "".join(
        f"<Grant><Grantee>{_named(grantee)}</Grantee><Permission>{permission}</Permission></Grant>"
        for grantee, permission in grants
    )
    named = f"<Owner><ID>{owner or account}</ID></Owner>"
    return (
        f'<AccessControlPolicy xmlns="{NAMESPACE[1:-1]}">{named}<AccessControlList>{lines}'
        "</AccessControlList></AccessControlPolicy>"
    ).encode()


def _named(grantee: str) -> str:
    return f"<URI>{grantee}</URI>" if "://" in grantee else f"<ID>{grantee}</ID>"


Said = Callable[[str], Put]

#: What may be put, given the owner's account, and what everybody may do then.
KEPT: dict[str, tuple[Said, list[str]]] = {
    "canned private": (lambda _: ([(b"x-amz-acl", b"private")], b""), []),
    "canned public-read": (lambda _: ([(b"x-amz-acl", b"public-read")], b""), ["READ"]),
    "canned public-read-write": (
        lambda _: ([(b"x-amz-acl", b"public-read-write")], b""),
        ["READ", "WRITE"],
    ),
    "canned authenticated-read": (lambda _: ([(b"x-amz-acl", b"authenticated-read")], b""), []),
    "canned bucket-owner-full-control": (
        lambda _: ([(b"x-amz-acl", b"bucket-owner-full-control")], b""),
        [],
    ),
    "granted to read": (lambda _: ([(b"x-amz-grant-read", ALL)], b""), ["READ"]),
    "granted to read and write": (
        lambda _: ([(b"x-amz-grant-read", ALL), (b"x-amz-grant-write", ALL)], b""),
        ["READ", "WRITE"],
    ),
    "granted to the owner": (
        lambda account: ([(b"x-amz-grant-full-control", f'id="{account}"'.encode())], b""),
        [],
    ),
    "document of the owner": (lambda account: ([], document(account)), []),
    "document for all": (
        lambda account: ([], document(account, (ALL_USERS, "READ"), (ALL_USERS, "WRITE"))),
        ["READ", "WRITE"],
    ),
    "document for readers": (
        lambda account: ([], document(account, (ALL_USERS, "READ"))),
        ["READ"],
    ),
}

#: What can't be put, and its refusal.
REFUSED: dict[str, tuple[Said, str, int]] = {
    "canned none": (lambda _: ([(b"x-amz-acl", b"public")], b""), "InvalidArgument", 400),
    "granted to write alone": (
        lambda _: ([(b"x-amz-grant-write", ALL)], b""),
        "NotImplemented",
        501,
    ),
    "granted full control": (
        lambda _: ([(b"x-amz-grant-full-control", ALL)], b""),
        "NotImplemented",
        501,
    ),
    "granted to another": (
        lambda _: ([(b"x-amz-grant-read", b'id="5678"')], b""),
        "NotImplemented",
        501,
    ),
    "granted to whoever has a key": (
        lambda _: ([(b"x-amz-grant-read", f'uri="{AUTHENTICATED}"'.encode())], b""),
        "NotImplemented",
        501,
    ),
    "granted to the ACL": (
        lambda _: ([(b"x-amz-grant-write-acp", ALL)], b""),
        "NotImplemented",
        501,
    ),
    "granted to nobody": (
        lambda _: ([(b"x-amz-grant-read", b"everybody")], b""),
        "InvalidArgument",
        400,
    ),
    "granted and canned": (
        lambda _: ([(b"x-amz-grant-read", ALL), (b"x-amz-acl", b"private")], b""),
        "InvalidRequest",
        400,
    ),
    "document for another": (
        lambda account: ([], document(account, ("5678", "READ"))),
        "NotImplemented",
        501,
    ),
    "document for whoever has a key": (
        lambda account: ([], document(account, (AUTHENTICATED, "READ"))),
        "NotImplemented",
        501,
    ),
    "document of another owner": (
        lambda account: ([], document(account, owner="5678")),
        "NotImplemented",
        501,
    ),
    "document with a permission that is none": (
        lambda account: ([], document(account, (ALL_USERS, "LIST"))),
        "MalformedACLError",
        400,
    ),
    "document of another kind": (lambda _: ([], b"<Tagging/>"), "MalformedXML", 400),
    "no document": (lambda _: ([], b"everybody"), "MalformedXML", 400),
    "nothing": (lambda _: ([], b""), "MissingSecurityHeader", 400),
    "canned and a document": (
        lambda account: ([(b"x-amz-acl", b"private")], document(account)),
        "UnexpectedContent",
        400,
    ),
    "document of a wrong digest": (
        lambda account: ([(b"x-amz-checksum-crc32", b"AAAAAA==")], document(account)),
        "BadDigest",
        400,
    ),
}


def _account(owner: S3Signer) -> str:
    return acl_of(owner.send("GET", f"/{BUCKET}", "acl"))[0]


@pytest.mark.parametrize("name", KEPT)
def test_of_an_object(owner: S3Signer, path: str, name: str) -> None:
    said, may = KEPT[name]
    headers, body = said(_account(owner))
    assert owner.send("PUT", path, "acl", headers, body).status == 200
    assert to_all(owner, path) == may
    assert (owner.anybody().get(path).status == 200) is ("READ" in may)
    put = owner.anybody().send("PUT", path, body=b"another")
    assert (put.status == 200) is ("WRITE" in may)


@pytest.mark.parametrize("name", KEPT)
def test_of_a_bucket(owner: S3Signer, bucket: str, name: str) -> None:
    said, may = KEPT[name]
    headers, body = said(_account(owner))
    assert owner.send("PUT", bucket, "acl", headers, body).status == 200
    assert to_all(owner, bucket) == may
    # As in OSS, the bucket's ACL is that of the objects which have none of their own.
    assert (owner.anybody().get(f"{bucket}/a").status == 200) is ("READ" in may)
    assert to_all(owner, f"{bucket}/a") == may
    put = owner.anybody().send("PUT", f"{bucket}/b", body=b"another")
    assert (put.status == 200) is ("WRITE" in may)


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_t_be_kept_changes_nothing(
    owner: S3Signer, bucket: str, path: str, name: str
) -> None:
    said, code, status = REFUSED[name]
    headers, body = said(_account(owner))
    readable = [(b"x-amz-acl", b"public-read")]
    for address in (bucket, path):
        assert owner.send("PUT", address, "acl", readable).status == 200
        s3_refusal(owner.send("PUT", address, "acl", headers, body), code, status)
        assert to_all(owner, address) == ["READ"]


@pytest.mark.parametrize("name", [name for name in KEPT if "document" not in name])
def test_with_what_is_made(owner: S3Signer, bucket: str, name: str) -> None:
    said, may = KEPT[name]
    headers, _ = said(_account(owner))
    made = f"{bucket}-made"
    assert owner.send("PUT", made, "", headers).status == 200
    assert to_all(owner, made) == may
    assert owner.send("PUT", f"{bucket}/put", "", headers, b"bytes").status == 200
    copied = [*headers, (b"x-amz-copy-source", f"{bucket}/a".encode())]
    assert owner.send("PUT", f"{bucket}/copied", "", copied).status == 200
    begun = owner.send("POST", f"{bucket}/parted", "uploads", headers).body
    upload_id = begun.partition(b"<UploadId>")[2].partition(b"</UploadId>")[0].decode()
    part = owner.send("PUT", f"{bucket}/parted", f"partNumber=1&uploadId={upload_id}", body=b"a")
    completion = (
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        f"<ETag>{part.header('etag')}</ETag></Part></CompleteMultipartUpload>"
    )
    query = f"uploadId={upload_id}"
    assert owner.send("POST", f"{bucket}/parted", query, body=completion.encode()).status == 200
    for key in ("put", "copied", "parted"):
        assert to_all(owner, f"{bucket}/{key}") == may
        assert (owner.anybody().get(f"{bucket}/{key}").status == 200) is ("READ" in may)


@pytest.mark.parametrize("name", [name for name in REFUSED if "granted" in name])
def test_nothing_is_made_with_what_can_t_be_kept(owner: S3Signer, bucket: str, name: str) -> None:
    said, code, status = REFUSED[name]
    headers, _ = said(_account(owner))
    copied = [*headers, (b"x-amz-copy-source", f"{bucket}/a".encode())]
    for method, address, query, told in (
        ("PUT", f"{bucket}-made", "", headers),
        ("PUT", f"{bucket}/put", "", headers),
        ("PUT", f"{bucket}/put", "", copied),
        ("POST", f"{bucket}/put", "uploads", headers),
    ):
        s3_refusal(owner.send(method, address, query, told), code, status)
    assert owner.send("HEAD", f"{bucket}-made").status == 404
    assert owner.send("HEAD", f"{bucket}/put").status == 404


def test_what_is_told_can_be_put_back(owner: S3Signer, bucket: str) -> None:
    """Also of an object that somebody else put: it is the bucket's owner's."""
    opened = [(b"x-amz-acl", b"public-read-write")]
    assert owner.send("PUT", bucket, "acl", opened).status == 200
    assert owner.anybody().send("PUT", f"{bucket}/theirs", body=b"bytes").status == 200
    for address in (bucket, f"{bucket}/a", f"{bucket}/theirs"):
        told = owner.send("GET", address, "acl").body
        assert owner.send("PUT", address, "acl", body=told).status == 200
        assert owner.send("GET", address, "acl").body == told


def test_who_may_read_or_change_it(owner: S3Signer, path: str) -> None:
    opened = [(b"x-amz-acl", b"public-read-write")]
    assert owner.send("PUT", path, "acl", opened).status == 200
    s3_refusal(owner.anybody().send("GET", path, "acl"), "AccessDenied", 403)
    s3_refusal(owner.anybody().send("PUT", path, "acl", opened), "AccessDenied", 403)
    s3_refusal(owner.anybody().send("PUT", "/readable", "acl", opened), "AccessDenied", 403)
    s3_refusal(owner.send("GET", f"{path}-none", "acl"), "NoSuchKey", 404)
    s3_refusal(owner.send("PUT", f"{path}-none", "acl", opened), "NoSuchKey", 404)
