"""What the headers of a request say that an object shall be."""

from __future__ import annotations

import pytest

from pillarbox.model.acl import BucketAcl, ObjectAcl
from pillarbox.model.objects import Bucket, ObjectHeaders, ObjectSpec
from pillarbox.server.requested_object import object_spec
from tests.refusing import refused
from tests.server.requests import Pairs, request

BUCKET = Bucket(1, "photos", "1234", BucketAcl.PRIVATE, 0, "cn-hangzhou", "IA")
ALL = b'uri="http://acs.amazonaws.com/groups/global/AllUsers"'

STANDARD: Pairs = [
    (b"Content-Type", b"text/plain"),
    (b"Cache-Control", b"no-cache"),
    (b"Content-Disposition", b"inline"),
    (b"Content-Encoding", b"gzip"),
    (b"Content-Language", b"de"),
    (b"Expires", b"0"),
]


def spec(headers: Pairs = (), query: bytes = b"", *, encrypted: bool = False) -> ObjectSpec:
    found = request("PUT", headers=headers, query=query)
    return object_spec(found, BUCKET, b"a", encrypted_at_rest=encrypted)


def of_s3(*headers: tuple[bytes, bytes], query: bytes = b"", encrypted: bool = False) -> ObjectSpec:
    return spec([(b"x-amz-date", b"a"), *headers], query, encrypted=encrypted)


def test_nothing_said() -> None:
    plain = ObjectSpec(b"a", ObjectHeaders(), ObjectAcl.DEFAULT, storage_class="IA")
    assert spec() == plain
    typed = ObjectHeaders("binary/octet-stream")
    assert of_s3() == ObjectSpec(b"a", typed, ObjectAcl.DEFAULT, storage_class="IA")


def test_all_of_it_in_each_dialect() -> None:
    standard = {name.decode(): value.decode() for name, value in list(STANDARD)[1:]}
    said = ObjectSpec(
        b"a",
        ObjectHeaders("text/plain", standard, {"name": "1"}),
        ObjectAcl.PUBLIC_READ,
        tags={"k": "v w"},
        storage_class="Archive",
        encryption="AES256",
    )
    by_oss = spec(
        [
            *STANDARD,
            (b"x-oss-meta-Name", b"1"),
            (b"x-oss-object-acl", b"public-read"),
            (b"x-oss-tagging", b"k=v%20w"),
            (b"x-oss-storage-class", b"Archive"),
            (b"x-oss-server-side-encryption", b"AES256"),
        ],
        encrypted=True,
    )
    own = [
        (b"x-amz-meta-Name", b"1"),
        (b"x-amz-acl", b"public-read"),
        (b"x-amz-tagging", b"k=v%20w"),
        (b"x-amz-storage-class", b"GLACIER_IR"),
        (b"x-amz-server-side-encryption", b"AES256"),
    ]
    by_s3 = of_s3(*STANDARD, *own, encrypted=True)
    in_url = of_s3(
        *STANDARD,
        query=b"X-Amz-Meta-Name=1&X-Amz-Acl=public-read&X-Amz-Tagging=k%3Dv%2520w"
        b"&X-Amz-Storage-Class=GLACIER_IR&X-Amz-Server-Side-Encryption=AES256",
        encrypted=True,
    )
    assert by_oss == by_s3 == in_url == said


def test_each_dialect_has_its_own_words() -> None:
    for header in ((b"x-amz-object-acl", b"public-read"), (b"x-amz-forbid-overwrite", b"true")):
        assert of_s3(header) == of_s3()
    assert spec([(b"x-oss-acl", b"public-read")]) == spec()
    with refused("InvalidStorageClass", StorageClassRequested="Archive"):
        of_s3((b"x-amz-storage-class", b"Archive"))
    with refused("InvalidArgument", ArgumentName="x-amz-acl", ArgumentValue="default"):
        of_s3((b"x-amz-acl", b"default"))


def test_grants_of_s3() -> None:
    assert of_s3((b"x-amz-grant-read", ALL)).acl is ObjectAcl.PUBLIC_READ
    owner = of_s3((b"x-amz-grant-full-control", b'id="1234"'))
    assert owner.acl is ObjectAcl.PRIVATE
    with refused("NotImplemented", 501):
        of_s3((b"x-amz-grant-full-control", b'id="5678"'))


def test_no_object_is_said_to_be_encrypted_that_is_not() -> None:
    name = b"x-amz-server-side-encryption"
    for value in (b"AES256", b"aws:kms", b"aws:kms:dsse"):
        with refused("NotImplemented", 501, Header=name.decode()):
            of_s3((name, value))
    with refused("NotImplemented", 501, Header=name.decode()):
        of_s3((name, b"aws:kms"), encrypted=True)
    with refused("InvalidEncryptionAlgorithmError", ArgumentName=name.decode(), ArgumentValue="no"):
        of_s3((name, b"no"), encrypted=True)


@pytest.mark.parametrize(
    "name",
    [
        b"x-amz-object-lock-mode",
        b"x-amz-object-lock-legal-hold",
        b"x-amz-server-side-encryption-customer-key",
        b"x-amz-server-side-encryption-context",
        b"x-amz-website-redirect-location",
        b"x-amz-write-offset-bytes",
    ],
)
def test_what_no_object_has_is_not_dropped(name: bytes) -> None:
    with refused("NotImplemented", 501, Header=name.decode()):
        of_s3((name, b"1"))
    with refused("NotImplemented", 501, Header=name.decode()):
        of_s3(query=name.title() + b"=1")


def test_metadata_that_no_header_can_hold() -> None:
    # The answer to a client of S3 spells the name: see `as_s3`.
    with refused("InvalidArgument", ArgumentName="x-oss-meta-a"):
        of_s3(query=b"x-amz-meta-a=b%0D%0Ac")
    with refused("InvalidArgument", ArgumentName="x-oss-meta-a b"):
        of_s3(query=b"x-amz-meta-a%20b=c")
