"""alibabacloud-oss-v2, the newer Python SDK, with its V1 signatures, against a real server."""

from __future__ import annotations

import base64
import hashlib
import inspect
import typing
from datetime import timedelta
from functools import partial
from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests

from tests.clients.conftest import new_bucket_name
from tests.server_process import ServerProcess

Client = Any


def client_of(server: ServerProcess, signature_version: str = "v1", **settings: Any) -> Client:
    """A client with the root key; one attempt a call, so that a test sees the first answer."""
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        server.access_key.id, server.access_key.secret
    )
    config.region = "cn-hangzhou"
    config.endpoint = server.base_url
    config.signature_version = signature_version
    config.retry_max_attempts = 1
    for name, value in settings.items():
        setattr(config, name, value)
    return oss.Client(config)


@pytest.fixture
def client(module_server: ServerProcess) -> Client:
    """The client that signs as V1."""
    return client_of(module_server)


@pytest.fixture
def name(client: Client) -> str:
    """A new private bucket."""
    made = new_bucket_name()
    client.put_bucket(oss.PutBucketRequest(bucket=made))
    return made


def refusal_of(call: typing.Callable[[], Any]) -> Any:
    """The service's error, out of the SDK's own."""
    with pytest.raises(oss.exceptions.OperationError) as raised:
        call()
    error = raised.value.unwrap()
    assert isinstance(error, oss.exceptions.ServiceError), error
    return error


def test_makes_lists_and_removes_buckets(client: Client) -> None:
    names = sorted(f"{new_bucket_name()}-v2" for _ in range(3))
    for made in names:
        client.put_bucket(
            oss.PutBucketRequest(
                bucket=made,
                acl="public-read",
                create_bucket_configuration=oss.CreateBucketConfiguration(storage_class="IA"),
            )
        )

    pages = client.list_buckets_paginator().iter_page(oss.ListBucketsRequest(max_keys=1))
    listed = [bucket for page in pages for bucket in page.buckets if bucket.name in names]

    assert [(b.name, b.storage_class, b.region) for b in listed] == [
        (made, "IA", "cn-hangzhou") for made in names
    ]
    for made in names:
        assert client.is_bucket_exist(made)
        assert client.delete_bucket(oss.DeleteBucketRequest(bucket=made)).status_code == 204
        assert not client.is_bucket_exist(made)


def test_tells_what_a_bucket_is(client: Client, name: str) -> None:
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=name, acl="public-read"))

    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=name)).bucket_info
    acl = client.get_bucket_acl(oss.GetBucketAclRequest(bucket=name))

    assert (info.name, info.acl, info.location) == (name, "public-read", "oss-cn-hangzhou")
    assert (acl.acl, acl.owner.id) == ("public-read", info.owner.id)
    assert not info.block_public_access


def test_puts_reads_and_deletes_an_object(client: Client, name: str) -> None:
    key = "用户/a b+%//é"
    put = client.put_object(
        oss.PutObjectRequest(
            bucket=name,
            key=key,
            body=b"0123456789",
            content_type="text/plain",
            content_md5=base64.b64encode(hashlib.md5(b"0123456789").digest()).decode(),
            metadata={"author": "foo@bar.com"},
            cache_control="no-cache",
            acl="public-read",
            tagging="a=1",
        )
    )
    assert put.etag == '"781E5E245D69B566979B86E28D23F2C7"'

    whole = client.get_object(oss.GetObjectRequest(bucket=name, key=key))
    part = client.get_object(oss.GetObjectRequest(bucket=name, key=key, range_header="bytes=2-4"))
    head = client.head_object(oss.HeadObjectRequest(bucket=name, key=key))
    meta = client.get_object_meta(oss.GetObjectMetaRequest(bucket=name, key=key))
    acl = client.get_object_acl(oss.GetObjectAclRequest(bucket=name, key=key))

    assert (whole.body.content, whole.metadata) == (b"0123456789", {"author": "foo@bar.com"})
    assert (part.status_code, part.body.content, part.content_range) == (
        206,
        b"234",
        "bytes 2-4/10",
    )
    assert (head.content_length, head.cache_control, head.tagging_count) == (10, "no-cache", 1)
    assert (meta.content_length, meta.etag) == (10, put.etag)
    assert acl.acl == "public-read"
    assert client.is_object_exist(name, key)
    client.delete_object(oss.DeleteObjectRequest(bucket=name, key=key))
    assert not client.is_object_exist(name, key)


def test_lists_pages(client: Client, name: str) -> None:
    keys = ["a", "b/1", "b/ü 2", "c+d", "e%f"]
    for key in keys:
        client.put_object(oss.PutObjectRequest(bucket=name, key=key, body=b"x"))

    for paginator, request in (
        (client.list_objects_paginator, oss.ListObjectsRequest),
        (client.list_objects_v2_paginator, oss.ListObjectsV2Request),
    ):
        pages = list(paginator(limit=2).iter_page(request(bucket=name)))
        assert [o.key for page in pages for o in page.contents] == keys
        assert len(pages) == 3
        rolled = list(paginator().iter_page(request(bucket=name, delimiter="/")))
        assert [o.key for o in rolled[0].contents] == ["a", "c+d", "e%f"]
        assert [p.prefix for p in rolled[0].common_prefixes] == ["b/"]


def test_lists_the_one_version_of_each_object(client: Client, name: str) -> None:
    put = client.put_object(oss.PutObjectRequest(bucket=name, key="a", body=b"x"))
    page = client.list_object_versions(oss.ListObjectVersionsRequest(bucket=name))
    told = [(one.key, one.version_id, one.is_latest, one.etag) for one in page.version]
    assert told == [("a", "null", True, put.etag)]
    assert not page.is_truncated
    versioning = client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=name))
    assert versioning.version_status is None


def test_conditions(client: Client, name: str) -> None:
    put = client.put_object(oss.PutObjectRequest(bucket=name, key="a", body=b"x"))

    for changed, status, code in (
        ({"if_match": '"other"'}, 412, "PreconditionFailed"),
        ({"if_none_match": put.etag}, 304, ""),
    ):
        for operation, request in (
            (client.get_object, oss.GetObjectRequest),
            (client.head_object, oss.HeadObjectRequest),
        ):
            error = refusal_of(partial(operation, request(name, "a", **changed)))
            assert error.status_code == status
            assert not code or error.code == code


def test_errors_have_their_codes(client: Client, name: str) -> None:
    missing = refusal_of(lambda: client.get_object(oss.GetObjectRequest(bucket=name, key="a")))
    assert (missing.status_code, missing.code) == (404, "NoSuchKey")
    assert (missing.ec, len(missing.request_id)) == ("0026-00000001", 24)
    head = refusal_of(lambda: client.head_object(oss.HeadObjectRequest(bucket=name, key="a")))
    assert (head.status_code, head.code, head.ec) == (404, "NoSuchKey", "0026-00000001")
    nowhere = refusal_of(
        lambda: client.head_object(oss.HeadObjectRequest(bucket="nobody-made-it", key="a"))
    )
    assert nowhere.code == "NoSuchBucket"


def test_wrong_secret(client: Client, name: str, module_server: ServerProcess) -> None:
    stranger = client_of(
        module_server,
        credentials_provider=oss.credentials.StaticCredentialsProvider(
            module_server.access_key.id, "wrong"
        ),
    )
    for call in (
        lambda: stranger.put_object(oss.PutObjectRequest(bucket=name, key="a", body=b"x")),
        lambda: stranger.list_objects_v2(oss.ListObjectsV2Request(bucket=name)),
        lambda: stranger.delete_bucket(oss.DeleteBucketRequest(bucket=name)),
    ):
        error = refusal_of(call)
        assert (error.status_code, error.code) == (403, "SignatureDoesNotMatch")
    assert client.is_bucket_exist(name)
    assert not client.is_object_exist(name, "a")


def test_presigned_urls(client: Client, name: str) -> None:
    put = client.presign(oss.PutObjectRequest(bucket=name, key="a b"), expires=timedelta(hours=1))
    assert requests.put(put.url, data=b"x", headers=dict(put.signed_headers)).status_code == 200
    got = client.presign(oss.GetObjectRequest(bucket=name, key="a b"), expires=timedelta(hours=1))
    assert requests.get(got.url).content == b"x"


def test_settings_of_a_bucket(client: Client, name: str) -> None:
    located = client.get_bucket_location(oss.GetBucketLocationRequest(name))
    assert located.location == "oss-cn-hangzhou"
    stat = client.get_bucket_stat(oss.GetBucketStatRequest(name))
    assert (stat.object_count, stat.storage) == (0, 0)
    regions = client.describe_regions(oss.DescribeRegionsRequest())
    assert [info.region for info in regions.region_info] == ["oss-cn-hangzhou"]

    tagging = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="a", value="1")]))
    client.put_bucket_tags(oss.PutBucketTagsRequest(name, tagging=tagging))
    told = client.get_bucket_tags(oss.GetBucketTagsRequest(name)).tagging.tag_set.tags
    assert [(tag.key, tag.value) for tag in told] == [("a", "1")]
    assert client.delete_bucket_tags(oss.DeleteBucketTagsRequest(name)).status_code == 204

    rules = oss.RefererConfiguration(
        allow_empty_referer=False,
        referer_list=oss.RefererList(referers=["http://a.com"]),
        referer_blacklist=oss.RefererBlacklist(referers=["http://b.com"]),
    )
    client.put_bucket_referer(oss.PutBucketRefererRequest(name, referer_configuration=rules))
    answer = client.get_bucket_referer(oss.GetBucketRefererRequest(name)).referer_configuration
    assert answer.allow_empty_referer is False
    assert answer.referer_list.referers == ["http://a.com"]
    assert answer.referer_blacklist.referers == ["http://b.com"]


# --- what is not served yet ----------------------------------------------------------------------

#: Of what no bucket here has: reading it tells so.
NEVER_CONFIGURED = {
    "delete_bucket_encryption",
    "delete_bucket_logging",
    "delete_bucket_website",
    "get_bucket_encryption",
    "get_bucket_logging",
    "get_bucket_replication",
    "get_bucket_request_payment",
    "get_bucket_transfer_acceleration",
    "get_bucket_website",
    "get_bucket_worm",
    "list_bucket_inventory",
}

SERVED = {
    "delete_bucket_policy",
    "get_bucket_policy",
    "put_bucket_policy",
    "append_object",
    "get_symlink",
    "put_symlink",
    "restore_object",
    "delete_bucket_lifecycle",
    "get_bucket_lifecycle",
    "put_bucket_lifecycle",
    "abort_multipart_upload",
    "complete_multipart_upload",
    "initiate_multipart_upload",
    "list_multipart_uploads",
    "list_parts",
    "upload_part",
    "upload_part_copy",
    "copy_object",
    "delete_bucket",
    "delete_bucket_cors",
    "delete_bucket_tags",
    "delete_multiple_objects",
    "delete_object",
    "delete_object_tagging",
    "describe_regions",
    "get_bucket_acl",
    "get_bucket_cors",
    "get_bucket_info",
    "get_bucket_location",
    "get_bucket_referer",
    "get_bucket_stat",
    "get_bucket_tags",
    "get_bucket_versioning",
    "get_object",
    "get_object_acl",
    "get_object_meta",
    "get_object_tagging",
    "head_object",
    "list_buckets",
    "list_objects",
    "list_objects_v2",
    "list_object_versions",
    "option_object",
    "put_bucket",
    "put_bucket_acl",
    "put_bucket_cors",
    "put_bucket_referer",
    "put_bucket_tags",
    "put_bucket_versioning",
    "put_object",
    "put_object_acl",
    "put_object_tagging",
}
#: Those that are made of others.
COMPOSED = {"get_object_to_file", "put_object_from_file", "presign"}


def operations() -> dict[str, type]:
    """Every operation of the SDK by name, with the class of its request."""
    found = {}
    for operation, function in inspect.getmembers(oss.Client, inspect.isfunction):
        parameters = list(inspect.signature(function).parameters.values())
        if operation.startswith("_") or operation in COMPOSED or len(parameters) < 2:
            continue
        if parameters[1].name == "request":
            found[operation] = parameters[1].annotation
    return found


NOT_SERVED = sorted(operations().keys() - SERVED - NEVER_CONFIGURED)


def test_the_sdk_has_the_operations_that_are_served() -> None:
    assert operations().keys() >= SERVED | NEVER_CONFIGURED
    assert len(NOT_SERVED) > 80


@pytest.mark.parametrize("operation", NOT_SERVED)
def test_no_false_success(operation: str, client: Client, shared_bucket: oss2.Bucket) -> None:
    request = _filled_in(operations()[operation], shared_bucket.bucket_name)

    error = refusal_of(lambda: getattr(client, operation)(request))

    assert (error.status_code, error.code) == (501, "NotImplemented")
    assert [o.key for o in oss2.ObjectIterator(shared_bucket)] == ["a"]
    read = shared_bucket.get_object("a")
    assert (read.read(), read.headers["x-oss-meta-a"]) == (b"old", "1")
    assert "x-oss-tagging-count" not in read.headers
    assert shared_bucket.get_bucket_acl().acl == "private"
    assert shared_bucket.get_object_acl("a").acl == "default"


@pytest.mark.parametrize("operation", sorted(NEVER_CONFIGURED))
def test_no_bucket_was_ever_configured_so(
    operation: str, client: Client, shared_bucket: oss2.Bucket
) -> None:
    request = _filled_in(operations()[operation], shared_bucket.bucket_name)
    try:
        answer = getattr(client, operation)(request)
    except oss.exceptions.OperationError as raised:
        error = raised.unwrap()
        assert isinstance(error, oss.exceptions.ServiceError)
        assert (error.status_code, error.code.startswith("NoSuch")) == (404, True)
    else:
        assert answer.status_code == (204 if operation.startswith("delete") else 200)


@pytest.mark.parametrize(
    "filters",
    [
        {"tag_key": "a", "tag_value": "1"},
        {"resource_group_id": "rg-1"},
        {"parameters": {"region": "cn-beijing"}},
    ],
)
def test_a_filter_of_buckets_is_not_dropped(client: Client, filters: dict[str, Any]) -> None:
    error = refusal_of(lambda: client.list_buckets(oss.ListBucketsRequest(**filters)))
    assert (error.status_code, error.code) == (501, "NotImplemented")


@pytest.fixture(scope="module")
def shared_bucket(module_server: ServerProcess) -> oss2.Bucket:
    """A bucket that nothing is allowed to change."""
    key = module_server.access_key
    made = oss2.Bucket(oss2.Auth(key.id, key.secret), module_server.base_url, "unchanged")
    made.create_bucket()
    made.put_object("a", b"old", headers={"x-oss-meta-a": "1"})
    return made


def _filled_in(kind: Any, bucket: str) -> Any:
    """A request of that class with all that it must have."""
    request = kind()
    parameters = inspect.signature(kind.__init__).parameters
    for attribute, traits in kind._attribute_map.items():
        if traits.get("required"):
            setattr(request, attribute, _value(attribute, parameters[attribute].annotation, bucket))
    return request


def _value(attribute: str, annotation: Any, bucket: str) -> Any:
    if attribute in ("bucket", "key"):
        return bucket if attribute == "bucket" else "a"
    classes = [
        kind
        for kind in (*typing.get_args(annotation), annotation)
        if inspect.isclass(kind) and kind is not type(None)
    ]
    if int in classes:
        return 1
    if not classes or issubclass(classes[0], str | bytes):
        return "x"
    return classes[0]()
