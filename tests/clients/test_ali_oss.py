"""ali-oss, the SDK for Node, against a real server.

With an IP endpoint it leaves the bucket out of the URL and forges a Host instead,
`BUCKET.oss-cn-hangzhou.aliyuncs.com`; with `localhost` and `sldEnable` it uses path style.
"""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import oss2
import pytest
import requests

from tests.clients.ali_oss import AliOss, bytes_of, needs_ali_oss
from tests.clients.conftest import new_bucket_name
from tests.server_process import ServerProcess

pytestmark = needs_ali_oss


@pytest.fixture(params=["ip", "path-style"])
def ali(
    request: pytest.FixtureRequest, module_server: ServerProcess, bucket: oss2.Bucket
) -> AliOss:
    """The client, with both ways to reach a bucket on this machine."""
    name = bucket.bucket_name
    if request.param == "ip":
        return AliOss(module_server, name)
    return AliOss(
        module_server,
        name,
        endpoint=f"http://localhost:{module_server.port}",
        sldEnable=True,
    )


def test_puts_reads_lists_and_deletes(ali: AliOss) -> None:
    key = "目录/a b+%é.txt"
    put, got, part, head, meta, listed, listed_v2, deleted, again = ali.run(
        (
            "put",
            key,
            b"0123456789",
            {
                "mime": "text/plain",
                "meta": {"author": "foo@bar.com"},
                "headers": {"Cache-Control": "no-cache", "x-oss-object-acl": "public-read"},
            },
        ),
        ("get", key),
        ("get", key, None, {"headers": {"Range": "bytes=2-4"}}),
        ("head", key),
        ("getObjectMeta", key),
        ("list", {"prefix": "目录/", "max-keys": 10}),
        ("listV2", {"prefix": "目录/", "delimiter": "/"}),
        ("delete", key),
        ("delete", key),
    )

    assert put["res"]["status"] == 200
    assert put["name"] == key
    assert bytes_of(got["content"]) == b"0123456789"
    assert got["res"]["headers"]["cache-control"] == "no-cache"
    assert (part["res"]["status"], bytes_of(part["content"])) == (206, b"234")
    assert (head["status"], head["meta"]) == (200, {"author": "foo@bar.com"})
    assert meta["res"]["headers"]["content-length"] == "10"
    assert [(o["name"], o["size"]) for o in listed["objects"]] == [(key, 10)]
    assert [o["name"] for o in listed_v2["objects"]] == [key]
    assert listed_v2["keyCount"] == 1
    assert deleted["res"]["status"] == again["res"]["status"] == 204


def test_pages_of_a_listing(ali: AliOss, bucket: oss2.Bucket) -> None:
    for key in ("a", "b/1", "b/2", "c", "d"):
        bucket.put_object(key, b"x")
    first, by_folder, first_v2 = ali.run(
        ("list", {"max-keys": 2}),
        ("list", {"delimiter": "/"}),
        ("listV2", {"max-keys": 2, "start-after": "a"}),
    )
    assert [o["name"] for o in first["objects"]] == ["a", "b/1"]
    assert (first["isTruncated"], first["nextMarker"]) == (True, "b/1")
    assert by_folder["prefixes"] == ["b/"]
    assert [o["name"] for o in first_v2["objects"]] == ["b/1", "b/2"]
    rest, rest_v2 = ali.run(
        ("list", {"max-keys": 10, "marker": first["nextMarker"]}),
        ("listV2", {"continuation-token": first_v2["nextContinuationToken"]}),
    )
    assert [o["name"] for o in rest["objects"]] == ["b/2", "c", "d"]
    assert [o["name"] for o in rest_v2["objects"]] == ["c", "d"]


def test_buckets(module_server: ServerProcess) -> None:
    name = f"ali-{new_bucket_name()}"
    made, acl, info, missing, listed, again, removed = AliOss(
        module_server, None, endpoint=f"http://localhost:{module_server.port}", sldEnable=True
    ).run(
        ("putBucket", name, {"acl": "public-read"}),
        ("getBucketACL", name),
        ("getBucketInfo", name),
        ("getBucketInfo", "nobody-made-it"),
        ("listBuckets", {"prefix": name}),
        ("putBucketACL", name, "private"),
        ("deleteBucket", name),
    )
    assert made["res"]["status"] == 200
    assert acl["acl"] == "public-read"
    assert (info["bucket"]["Name"], info["bucket"]["Location"]) == (name, "oss-cn-hangzhou")
    assert (missing["status"], missing["code"]) == (404, "NoSuchBucket")
    assert [b["name"] for b in listed["buckets"]] == [name]
    assert again["res"]["status"] == 200
    assert removed["res"]["status"] == 204


def test_buckets_through_a_forged_host(module_server: ServerProcess) -> None:
    """Without a bucket the forged Host has `undefined` or nothing where its name would be."""
    name = f"ali-{new_bucket_name()}"
    made, listed, removed = AliOss(module_server, None).run(
        ("putBucket", name), ("listBuckets", {"prefix": name}), ("deleteBucket", name)
    )
    assert made["res"]["status"] == 200
    assert [b["name"] for b in listed["buckets"]] == [name]
    assert removed["res"]["status"] == 204


def test_errors(ali: AliOss) -> None:
    ali.run(("put", "a", b"x"))
    missing, head, unmodified, failed, too_far = ali.run(
        ("get", "no such key"),
        ("head", "no such key"),
        ("head", "a", {"headers": {"If-Modified-Since": "Tue, 01 Jan 2130 00:00:00 GMT"}}),
        ("get", "a", None, {"headers": {"If-Match": '"other"'}}),
        ("list", {"max-keys": 1001}),
    )
    assert (missing["name"], missing["code"]) == ("NoSuchKeyError", "NoSuchKey")
    assert len(missing["requestId"]) == 24
    assert (head["code"], head["status"]) == ("NoSuchKey", 404)
    assert unmodified["status"] == 304
    assert failed["code"] == "PreconditionFailed"
    assert "(condition: If-Match)" in failed["message"]
    assert too_far["code"] == "InvalidArgument"


def test_wrong_secret_wrong_key(ali: AliOss, bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"old")
    for options, code in (
        ({"accessKeySecret": "wrong"}, "SignatureDoesNotMatch"),
        ({"accessKeyId": "nobody"}, "InvalidAccessKeyId"),
    ):
        stranger = AliOss.__new__(AliOss)
        stranger.options = {**ali.options, **options}
        refused, head, _ = stranger.run(("put", "a", b"new"), ("head", "a"), ("delete", "a"))
        assert (refused["status"], refused["code"]) == (403, code)
        assert (head["status"], head["code"]) == (403, code)
    assert bucket.get_object("a").read() == b"old"


def test_acl_of_an_object(ali: AliOss) -> None:
    _, before, _, after = ali.run(
        ("put", "a", b"x"), ("getACL", "a"), ("putACL", "a", "public-read"), ("getACL", "a")
    )
    assert (before["acl"], after["acl"]) == ("default", "public-read")


def test_signed_urls(module_server: ServerProcess, bucket: oss2.Bucket) -> None:
    ali = AliOss(
        module_server,
        bucket.bucket_name,
        endpoint=f"http://localhost:{module_server.port}",
        sldEnable=True,
    )
    put, got, renamed = ali.run(
        ("signatureUrl", "a b+é", {"method": "PUT", "Content-Type": "text/plain"}),
        ("signatureUrl", "a b+é"),
        ("signatureUrl", "a b+é", {"response": {"content-disposition": 'inline; filename="ü"'}}),
    )
    # `localhost` may be ::1 first for some resolvers, where nobody listens.
    here = f"127.0.0.1:{module_server.port}"
    put, got, renamed = (
        url.replace(f"localhost:{module_server.port}", here) for url in (put, got, renamed)
    )
    assert requests.put(put, b"x", headers={"Content-Type": "text/plain"}).status_code == 200
    assert requests.get(got).content == b"x"
    answer = requests.get(renamed)
    assert (
        answer.headers["Content-Disposition"].encode("latin-1") == 'inline; filename="ü"'.encode()
    )
    assert requests.put(got, b"y").status_code == 403
    assert requests.get(got).content == b"x"


def test_tokens_of_nobody_are_refused(ali: AliOss, bucket: oss2.Bucket) -> None:
    bucket.put_bucket_acl("public-read-write")
    bucket.put_object("a", b"old")
    for options in (
        {"stsToken": "token"},
        {"stsToken": "token", "authorizationV4": True, "region": "oss-cn-hangzhou"},
    ):
        later = AliOss.__new__(AliOss)
        later.options = {**ali.options, **options}
        for refused in later.run(("get", "a"), ("put", "a", b"new"), ("delete", "a"), ("list",)):
            assert (refused["status"], refused["code"]) == (403, "InvalidSecurityToken")
    assert bucket.get_object("a").read() == b"old"


def test_what_is_not_served_changes_nothing(ali: AliOss, bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"old")
    name = bucket.bucket_name
    for refused in ali.run(
        ("putBucketWebsite", name, {"index": "index.html"}),
        ("putBucketLogging", name, "logs/"),
        ("putBucketEncryption", name, {"SSEAlgorithm": "AES256"}),
        ("postAsyncFetch", "b", "http://127.0.0.1/"),
    ):
        assert refused["status"] == 501, refused
        # Of some calls ali-oss tells the status and doesn't look further.
        assert refused.get("code", "NotImplemented") == "NotImplemented"
    assert [o.key for o in oss2.ObjectIterator(bucket)] == ["a"]
    assert bucket.get_object("a").read() == b"old"


def test_settings_of_a_bucket(ali: AliOss, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    bucket.put_object("a", b"old")
    located, stat, *set_and_told = ali.run(
        ("getBucketLocation", name),
        ("getBucketStat", name),
        ("putBucketTags", name, {"k": "v"}),
        ("getBucketTags", name),
        ("deleteBucketTags", name),
        ("putBucketReferer", name, False, ["https://example.com"]),
        ("getBucketReferer", name),
    )
    assert located["location"] == "oss-cn-hangzhou"
    assert stat["stat"]["ObjectCount"] == "1"
    assert not [answer for answer in set_and_told if "code" in answer]
    assert set_and_told[1]["tag"] == {"k": "v"}
    assert set_and_told[4]["referers"] == ["https://example.com"]


# --- forms that ali-oss signs --------------------------------------------------------------------


def _policy(bucket: str, *conditions: Any) -> dict[str, Any]:
    expires = datetime.now(UTC) + timedelta(hours=1)
    return {
        "expiration": expires.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "conditions": [{"bucket": bucket}, ["content-length-range", 1, 1024], *conditions],
    }


@pytest.mark.parametrize(
    ("library", "filename"),
    [("fetchForm", "photo.jpg"), ("fetchForm", None), ("formDataForm", "é photo.jpg")],
)
def test_a_form_signed_as_v1(
    library: str, filename: str | None, module_server: ServerProcess, bucket: oss2.Bucket
) -> None:
    name = bucket.bucket_name
    ali = AliOss(module_server, name)
    (fields,) = ali.run(("calculatePostSignature", _policy(name, ["starts-with", "$key", "up/"])))
    url = f"{module_server.base_url}/{name}"
    form = [("key", "up/用户 ${filename}"), *fields.items(), ("success_action_status", "201")]

    done, outside, too_large = ali.run(
        (library, url, form, b"bytes", filename),
        (library, url, [("key", "elsewhere"), *form[1:]], b"bytes", filename),
        (library, url, form, b"x" * 1025, filename),
    )

    assert done["status"] == 201, done
    assert (outside["status"], too_large["status"]) == (403, 400)
    assert "<Code>EntityTooLarge</Code>" in too_large["body"]
    key = f"up/用户 {filename or ''}"
    assert [o.key for o in oss2.ObjectIterator(bucket)] == [key]
    assert bucket.get_object(key).read() == b"bytes"


def test_a_form_signed_as_v4(module_server: ServerProcess, bucket: oss2.Bucket) -> None:
    """The form of ali-oss's README, its `file` a string without a filename."""
    name, now = bucket.bucket_name, datetime.fromtimestamp(int(time.time()), UTC)
    ali = AliOss(module_server, name, region="oss-cn-hangzhou")
    scope = f"{module_server.access_key.id}/{now:%Y%m%d}/cn-hangzhou/oss/aliyun_v4_request"
    v4 = {
        "x-oss-date": f"{now:%Y%m%dT%H%M%SZ}",
        "x-oss-credential": scope,
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
    }
    policy = _policy(
        name,
        *({field: value} for field, value in v4.items()),
        ["eq", "$success_action_status", "200"],
        ["starts-with", "$key", "user/"],
        ["in", "$content-type", ["text/plain", "image/png"]],
        ["not-in", "$cache-control", ["no-cache"]],
    )
    (signature,) = ali.run(("signPostObjectPolicyV4", policy, now))
    encoded = base64.b64encode(json.dumps(policy, separators=(",", ":")).encode()).decode()
    form = [
        ("key", "user/eric/demo.txt"),
        ("Content-Type", "text/plain"),
        ("Cache-Control", "max-age=60"),
        *v4.items(),
        ("policy", encoded),
        ("x-oss-signature", signature),
        ("success_action_status", "200"),
    ]
    url = f"{module_server.base_url}/{name}/"

    done, cached, forged = ali.run(
        ("fetchForm", url, form, b"text of the file", None),
        ("fetchForm", url, [*form[:2], ("Cache-Control", "no-cache"), *form[3:]], b"x", None),
        ("fetchForm", url, [*form[:7], ("x-oss-signature", "0" * 64), form[8]], b"x", None),
    )

    assert (done["status"], done["body"]) == (200, ""), done
    assert cached["status"] == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in forged["body"]
    read = bucket.get_object("user/eric/demo.txt")
    assert (read.read(), read.content_type) == (b"text of the file", "text/plain")
