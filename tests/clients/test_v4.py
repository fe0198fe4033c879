"""V4 signatures as the official SDKs make them, in headers and URLs, against a real server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import alibabacloud_oss_v2 as oss
import httpx
import oss2
import pytest

from pillarbox.signing import url_v4
from tests.clients.ali_oss import AliOss, bytes_of, needs_ali_oss
from tests.clients.conftest import new_bucket_name
from tests.clients.test_oss_v2 import client_of
from tests.server_process import ServerProcess

REGION = "cn-hangzhou"
KEY = "/目录//a b+%2F~é\U0001f600.txt"


@pytest.fixture
def signed(module_server: ServerProcess, bucket: oss2.Bucket) -> oss2.Bucket:
    """The bucket by oss2 with V4 signatures."""
    return bucket_of(module_server, bucket.bucket_name)


def bucket_of(server: ServerProcess, name: str, secret: str | None = None) -> oss2.Bucket:
    """A bucket by oss2 with V4 signatures."""
    auth = oss2.AuthV4(server.access_key.id, secret or server.access_key.secret)
    return oss2.Bucket(auth, server.base_url, name, region=REGION)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and Code of a refusal."""
    code = answer.text.partition("<Code>")[2].partition("</Code>")[0]
    return answer.status_code, code


def test_oss2(signed: oss2.Bucket) -> None:
    key = KEY.lstrip("/")
    signed.put_object(key, b"0123", headers={"x-oss-meta-a": "b", "Content-Type": "text/plain"})
    assert signed.get_object(key, byte_range=(1, 2)).read() == b"12"
    assert [o.key for o in signed.list_objects(prefix="目录/", delimiter="?").object_list] == [key]
    assert [o.key for o in signed.list_objects_v2(prefix="目录/").object_list] == [key]
    assert signed.get_bucket_acl().acl == "private"
    signed.delete_object(key)
    assert not signed.object_exists(key)


def test_sdk_v2(module_server: ServerProcess) -> None:
    client, name, key = client_of(module_server, "v4"), new_bucket_name(), KEY.lstrip("/")
    client.put_bucket(oss.PutBucketRequest(bucket=name))
    client.put_object(oss.PutObjectRequest(bucket=name, key=key, body=b"x", metadata={"a": "b"}))
    got = client.get_object(oss.GetObjectRequest(bucket=name, key=key))
    assert (got.body.content, got.metadata["a"]) == (b"x", "b")
    page = client.list_objects_v2(oss.ListObjectsV2Request(bucket=name, prefix="目录//"))
    assert [o.key for o in page.contents] == [key]
    assert name in [b.name for b in client.list_buckets(oss.ListBucketsRequest()).buckets]


@needs_ali_oss
def test_ali_oss(module_server: ServerProcess, bucket: oss2.Bucket) -> None:
    key = KEY.lstrip("/")
    ali = AliOss(
        module_server,
        bucket.bucket_name,
        authorizationV4=True,
        region=f"oss-{REGION}",
        endpoint=f"http://localhost:{module_server.port}",
        sldEnable=True,
    )
    put, got, listed, url = ali.run(
        ("put", key, b"x", {"meta": {"a": "b"}}),
        ("get", key),
        ("listV2", {"prefix": "目录/"}),
        ("signatureUrlV4", "GET", 60, {}, "plain"),
    )
    assert put["res"]["status"] == 200, put
    assert bytes_of(got["content"]) == b"x"
    assert [o["name"] for o in listed["objects"]] == [key]
    assert httpx.get(url).status_code == 404
    assert code_of(httpx.get(url.replace("plain", "other"))) == (403, "SignatureDoesNotMatch")


def test_urls_of_oss2(signed: oss2.Bucket) -> None:
    key = KEY.lstrip("/")
    headers = {"Content-Type": "text/plain", "x-oss-meta-a": "b"}
    put = signed.sign_url("PUT", key, 60, headers=headers, slash_safe=True)
    assert code_of(httpx.put(put, content=b"x")) == (403, "SignatureDoesNotMatch")
    other = {**headers, "Content-Type": "text/html"}
    assert code_of(httpx.put(put, content=b"x", headers=other))[1] == "SignatureDoesNotMatch"
    assert httpx.put(put, content=b"x", headers=headers).status_code == 200

    got = signed.sign_url("GET", key, 60, params={"response-content-type": "text/csv"})
    answer = httpx.get(got)
    assert (answer.content, answer.headers["content-type"]) == (b"x", "text/csv")
    for tampered in (
        got.replace("text%2Fcsv", "text%2Fhtml"),
        got + "&prefix=unsigned",
        got.replace(".txt", ".png"),
        got.replace("x-oss-expires=60", "x-oss-expires=61"),
    ):
        assert code_of(httpx.get(tampered)) == (403, "SignatureDoesNotMatch"), tampered
    assert code_of(httpx.delete(got)) == (403, "SignatureDoesNotMatch")


def test_a_url_by_the_bucket_s_own_name(module_server: ServerProcess, signed: oss2.Bucket) -> None:
    """Host and path lack or have the bucket; the signature always has it."""
    signed.put_object("a b", b"x")
    own = f"{signed.bucket_name}.localhost:{module_server.port}"
    auth = oss2.AuthV4(module_server.access_key.id, module_server.access_key.secret)
    named = oss2.Bucket(auth, f"http://{own}", signed.bucket_name, is_cname=True, region=REGION)
    url = httpx.URL(named.sign_url("GET", "a b", 60))
    assert (url.netloc.decode(), url.path) == (own, "/a b")
    by_address = url.copy_with(host="127.0.0.1")
    assert httpx.get(by_address, headers={"Host": own}).content == b"x"
    other = {"Host": own.replace(signed.bucket_name, "another")}
    assert code_of(httpx.get(by_address, headers=other)) == (403, "SignatureDoesNotMatch")


def test_additional_headers_of_a_url(signed: oss2.Bucket) -> None:
    signed.put_object("a", b"0123")
    sent = {"range": "bytes=1-2", "referer": "http://www.example.com/"}
    url = signed.sign_url("GET", "a", 60, headers=sent, additional_headers={"range", "referer"})
    assert httpx.get(url, headers=sent).content == b"12"
    for change in ({"range": "bytes=0-3"}, {"referer": "http://www.example.org/"}):
        answer = httpx.get(url, headers={**sent, **change})
        assert code_of(answer)[1] == "SignatureDoesNotMatch"
    assert code_of(httpx.get(url)) == (400, "InvalidArgument")


def test_a_url_of_sdk_v2(module_server: ServerProcess, signed: oss2.Bucket) -> None:
    signed.put_object("a b", b"x")
    request = oss.GetObjectRequest(bucket=signed.bucket_name, key="a b")
    url = client_of(module_server, "v4").presign(request, expires=timedelta(minutes=1)).url
    assert httpx.get(url).content == b"x"
    answer = httpx.get(url, headers={"Authorization": "OSS4-HMAC-SHA256 x"})
    assert code_of(answer) == (400, "InvalidArgument")


def test_urls_that_we_sign_open_keys_of_all_kinds_by_path_and_by_host(
    module_server: ServerProcess, signed: oss2.Bucket
) -> None:
    key, now = module_server.access_key, datetime.now(UTC)
    scope = url_v4.scope_at(key.id, REGION, now)
    for name in ("k?acl", "a//b%2F+c", "目录"):
        signed.put_object(name, name.encode())
        query = url_v4.signed_query(
            "GET", signed.bucket_name, name, timedelta(minutes=1), scope, key.secret, now
        )
        path = oss2.compat.urlquote(name, safe="/")
        answer = httpx.get(f"{module_server.base_url}/{signed.bucket_name}/{path}?{query}")
        assert answer.content == name.encode()
        by_host = f"http://{signed.bucket_name}.localhost:{module_server.port}/{path}?{query}"
        host = {"Host": httpx.URL(by_host).netloc.decode()}
        answer = httpx.get(f"{module_server.base_url}/{path}?{query}", headers=host)
        assert answer.content == name.encode()


def test_expired(signed: oss2.Bucket, module_server: ServerProcess) -> None:
    key, then = module_server.access_key, datetime.now(UTC) - timedelta(seconds=5)
    query = url_v4.signed_query(
        "GET",
        signed.bucket_name,
        "a",
        timedelta(seconds=1),
        url_v4.scope_at(key.id, REGION, then),
        key.secret,
        then,
    )
    answer = httpx.get(f"{module_server.base_url}/{signed.bucket_name}/a?{query}")
    assert code_of(answer) == (403, "AccessDenied")
    assert "Request has expired." in answer.text


def test_a_wrong_secret(module_server: ServerProcess, signed: oss2.Bucket) -> None:
    wrong = bucket_of(module_server, signed.bucket_name, "wrong-secret")
    with pytest.raises(oss2.exceptions.SignatureDoesNotMatch) as caught:
        wrong.list_objects(prefix="a/b")
    details = caught.value.details
    assert details["StringToSign"].startswith("OSS4-HMAC-SHA256\n")
    assert f"GET\n/{signed.bucket_name}/\n" in details["CanonicalRequest"]
    assert "prefix=a%2Fb" in details["CanonicalRequest"]
    assert bytes.fromhex(details["StringToSignBytes"]).decode() == details["StringToSign"]
    assert module_server.access_key.secret not in str(caught.value.body)


@pytest.mark.parametrize("days", [-2, 2])
def test_a_skewed_clock(module_server: ServerProcess, signed: oss2.Bucket, days: int) -> None:
    moment = datetime.now(UTC) + timedelta(days=days)
    request = oss.ListObjectsV2Request(
        bucket=signed.bucket_name, headers={"x-oss-date": format_datetime(moment, usegmt=True)}
    )
    with pytest.raises(oss.exceptions.OperationError) as caught:
        client_of(module_server, "v4").list_objects_v2(request)
    error = caught.value.unwrap()
    assert (error.status_code, error.code) == (403, "RequestTimeTooSkewed")
