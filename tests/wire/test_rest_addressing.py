"""Which operation, which bucket, which key: as the raw request line and Host say."""

from __future__ import annotations

import pytest

from tests.conftest import StartServer
from tests.wire.raw_http import exchange, head, request
from tests.wire.rest import READ, WRITE, Caller, bucket, caller

__all__ = ["bucket", "caller"]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("place", ["", "/a"])
@pytest.mark.parametrize("name", ["style", "metaQuery", "cname", "x-oss-ac-source-ip=1"])
def test_sub_resources_that_are_not_served(
    caller: Caller, bucket: str, method: str, place: str, name: str
) -> None:
    answer = caller.signed(method, f"/{bucket}{place}", query=name)
    assert (answer.status, answer.error["Code"]) == (501, "NotImplemented")
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("query", ["newerThanThisServer", "newerThanThisServer=", "acl&frobnicate"])
def test_a_bare_parameter_on_put_and_delete_is_a_sub_resource(
    caller: Caller, bucket: str, method: str, query: str
) -> None:
    for place in ("", "/a"):
        answer = caller.signed(method, f"/{bucket}{place}", query=query)
        assert (answer.status, answer.error["Code"]) == (501, "NotImplemented")
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


def test_two_sub_resources_are_one_operation_with_an_argument(caller: Caller, bucket: str) -> None:
    for query in ("acl&tagging", "uploads&versionId=null"):
        answer = caller.signed("GET", f"/{bucket}/a", query=query)
        assert (answer.status, answer.error["Code"]) == (501, "NotImplemented")
    for query in ("acl&versionId=null", "versionId=null&acl"):
        path = f"/{bucket}/a"
        answer = caller.signed("GET", path, query=query, resource=f"{path}?acl&versionId=null")
        assert b"<Grant>" in answer.body


def test_other_parameters_select_nothing(caller: Caller, bucket: str) -> None:
    assert caller.signed("GET", f"/{bucket}/a", query="utm_source=x&bare").body == b"old"
    listed = caller.signed("GET", f"/{bucket}/", query="bucket=b&key=k&etag=%22e%22")
    assert b"<Key>a</Key>" in listed.body


@pytest.mark.parametrize(
    ("method", "target", "allowed"),
    [
        ("PATCH", "/{}", "DELETE, GET, HEAD, OPTIONS, POST, PUT"),
        ("POST", "/{}/a", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("PATCH", "/{}/a", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("POST", "/", "GET"),
        ("DELETE", "/", "GET"),
    ],
)
def test_verbs_that_mean_nothing(
    caller: Caller, bucket: str, method: str, target: str, allowed: str
) -> None:
    answer = caller.plain(method, target.format(bucket))
    assert answer.status == 405
    assert answer.header("allow") == allowed


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("//a", "InvalidBucketName"),
        ("/UPPER", "InvalidBucketName"),
        ("/ab", "InvalidBucketName"),
        ("/a.b.c/k", "InvalidBucketName"),
        ("/..%2F..%2Fetc", "InvalidBucketName"),
        ("/%00%00%00", "InvalidBucketName"),
        ("/{}/%FF", "InvalidObjectName"),
        ("/{}/" + "a" * 1024, "InvalidObjectName"),
    ],
)
def test_names_that_are_none(caller: Caller, path: str, code: str) -> None:
    name = caller.bucket(WRITE)
    # Who may make a bucket is asked before its name is looked at.
    methods = ("GET", "PUT", "DELETE") if "{}" in path else ("GET", "DELETE")
    for method in methods:
        answer = caller.plain(method, path.format(name))
        assert answer.error["Code"] == code, method
        assert answer.status == 400


@pytest.mark.parametrize("name", ["UPPER", "ab", "-ab", "ab-", "a_b", "a" * 64, "xn--é"])
def test_buckets_that_nobody_can_make(caller: Caller, name: str) -> None:
    answer = caller.signed("PUT", f"/{name}", resource=f"/{name}/")
    assert (answer.status, answer.error["Code"]) == (400, "InvalidBucketName")


def test_keys_are_no_paths(caller: Caller, bucket: str) -> None:
    """What stands in the request line is the key, undigested."""
    public = caller.bucket(WRITE)
    for number, raw in enumerate(
        ["..", "a/../../b", ".", "%2e%2e/x", "a//b", "a%00b", "a+b", "a;b", "%2F", "a%252Fb", "a/."]
    ):
        target = f"/{public}/{raw}".encode()
        content = b"%d" % number
        if raw == "%2F":  # decoded it begins with a slash
            assert request(caller.port, b"PUT", target, [], content).status == 400
            continue
        assert request(caller.port, b"PUT", target, [], content).status == 200
        assert request(caller.port, b"GET", target).body == content
    listed = caller.signed("GET", f"/{public}/", query="encoding-type=url").body
    for encoded in (b"..", b"a%2F..%2F..%2Fb", b"..%2Fx", b"a%00b", b"a%2Bb", b"a%252Fb", b"a%2F."):
        assert b"<Key>%s</Key>" % encoded in listed
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


def test_hosts(caller: Caller, bucket: str) -> None:
    public = caller.bucket(READ)
    caller.put(public, "a", b"x")
    for host in (
        f"{public}.localhost",
        f"{public}.LocalHost:{caller.port}",
        f"{public}.localhost.",
        f"{public}.oss-cn-hangzhou.aliyuncs.com",
    ):
        sent = head(b"GET", b"/a", [], host.encode())
        assert exchange(caller.port, sent).body == b"x", host
    for host in (f"a.{public}.localhost", ".localhost", "UPPER_CASE.localhost"):
        sent = head(b"GET", b"/a", [], host.encode())
        assert exchange(caller.port, sent).error["Code"] == "InvalidBucketName", host
    sent = head(b"GET", f"/{public}/a".encode(), [], b"any.other.name")
    assert exchange(caller.port, sent).body == b"x"


def test_a_forged_host_is_not_honoured_beyond_loopback(start_server: StartServer) -> None:
    caller = Caller(start_server(listen="0.0.0.0:0"))
    public = caller.bucket(READ)
    caller.put(public, "a", b"x")
    forged = f"{public}.oss-cn-hangzhou.aliyuncs.com".encode()
    assert exchange(caller.port, head(b"GET", b"/a", [], forged)).error["Code"] == (
        "InvalidBucketName"
    )


@pytest.mark.parametrize("path", ["/{}//a", "/{}/%2Fa", "/{}/%5Ca"])
def test_keys_that_only_s3_makes(caller: Caller, path: str) -> None:
    target = path.format(caller.bucket(WRITE))
    made = caller.plain("PUT", target)
    assert (made.status, made.error["Code"]) == (400, "InvalidObjectName")
    # What is there is reached by all: nobody should be unable to remove an object.
    assert caller.plain("GET", target).error["Code"] == "NoSuchKey"
    assert caller.plain("DELETE", target).status == 204
