"""oss2 and buckets: made, listed, told of, removed."""

from __future__ import annotations

import time
from functools import partial

import oss2
import pytest
from oss2 import exceptions
from oss2.models import BucketCreateConfig

from tests.clients.conftest import new_bucket_name, oss2_auth
from tests.server_process import ServerProcess


def test_makes_lists_and_removes_buckets(module_server: ServerProcess) -> None:
    auth = oss2_auth(module_server)
    service = oss2.Service(auth, module_server.base_url)
    names = sorted(f"{new_bucket_name()}-listed" for _ in range(5))
    for name in names:
        oss2.Bucket(auth, module_server.base_url, name).create_bucket()

    listed = [b for b in oss2.BucketIterator(service, max_keys=2) if b.name in names]

    assert [b.name for b in listed] == names
    assert {b.location for b in listed} == {"oss-cn-hangzhou"}
    assert {b.storage_class for b in listed} == {"Standard"}
    assert all(abs(b.creation_date - time.time()) < 3600 for b in listed)
    for name in names:
        oss2.Bucket(auth, module_server.base_url, name).delete_bucket()
    assert not {b.name for b in oss2.BucketIterator(service)} & set(names)


def test_lists_buckets_by_prefix_and_marker(module_server: ServerProcess) -> None:
    auth = oss2_auth(module_server)
    for name in ("zeta-1", "zeta-2", "zeta-3"):
        oss2.Bucket(auth, module_server.base_url, name).create_bucket()
    service = oss2.Service(auth, module_server.base_url)

    page = service.list_buckets(prefix="zeta", marker="zeta-1", max_keys=1)

    assert [b.name for b in page.buckets] == ["zeta-2"]
    assert page.is_truncated
    assert page.next_marker == "zeta-2"


def test_tells_what_a_bucket_is(bucket: oss2.Bucket) -> None:
    info = bucket.get_bucket_info()

    assert info.name == bucket.bucket_name
    assert info.acl.grant == "private"
    assert info.owner.id == info.owner.display_name != ""
    assert info.storage_class == "Standard"
    assert bucket.endpoint.endswith(info.extranet_endpoint)


def test_keeps_the_storage_class_and_acl_of_a_new_bucket(module_server: ServerProcess) -> None:
    bucket = oss2.Bucket(oss2_auth(module_server), module_server.base_url, new_bucket_name())

    bucket.create_bucket("public-read", BucketCreateConfig("IA"))

    info = bucket.get_bucket_info()
    assert (info.acl.grant, info.storage_class) == ("public-read", "IA")
    bucket.put_object("a", b"")
    assert bucket.head_object("a").headers["x-oss-storage-class"] == "IA"
    with pytest.raises(exceptions.ServerError) as refused:
        bucket.create_bucket("public-read", BucketCreateConfig("Archive"))
    assert (refused.value.status, refused.value.code) == (409, "BucketAlreadyExists")


def test_changes_the_acl_of_a_bucket(bucket: oss2.Bucket) -> None:
    for acl in ("public-read", "public-read-write", "private"):
        bucket.put_bucket_acl(acl)
        assert bucket.get_bucket_acl().acl == acl
    bucket.create_bucket("public-read")
    assert bucket.get_bucket_acl().acl == "public-read"
    bucket.create_bucket()
    assert bucket.get_bucket_acl().acl == "public-read"


def test_refuses_an_acl_that_does_not_exist(bucket: oss2.Bucket) -> None:
    with pytest.raises(exceptions.InvalidArgument) as refused:
        bucket.put_bucket_acl("fewer")
    assert refused.value.details["ArgumentValue"] == "fewer"
    assert refused.value.message == "no such bucket access control exists"
    assert bucket.get_bucket_acl().acl == "private"


def test_a_bucket_with_objects_stays(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"")
    with pytest.raises(exceptions.BucketNotEmpty):
        bucket.delete_bucket()
    assert bucket.object_exists("a")


def test_a_bucket_that_is_not_there(module_server: ServerProcess) -> None:
    bucket = oss2.Bucket(oss2_auth(module_server), module_server.base_url, "nobody-made-it")
    for action in (
        bucket.get_bucket_info,
        bucket.get_bucket_acl,
        bucket.delete_bucket,
        bucket.list_objects,
        bucket.list_objects_v2,
        partial(bucket.put_bucket_acl, "private"),
        partial(bucket.get_object, "a"),
        partial(bucket.head_object, "a"),
        partial(bucket.get_object_meta, "a"),
        partial(bucket.object_exists, "a"),
        partial(bucket.put_object, "a", b"x"),
        partial(bucket.delete_object, "a"),
        partial(bucket.get_object_acl, "a"),
    ):
        with pytest.raises(exceptions.NoSuchBucket) as missing:
            action()
        assert missing.value.status == 404
        assert missing.value.details["BucketName"] == "nobody-made-it"
