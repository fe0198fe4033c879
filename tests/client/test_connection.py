from __future__ import annotations

import base64
import hashlib
import socket
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pillarbox.client import connection as connection_module
from pillarbox.client import network
from pillarbox.client.connection import Connection
from pillarbox.client.errors import ForeignAnswerError, RefusedError, UnreachableError
from pillarbox.client.request import Request
from pillarbox.forms.signed_form import Credentials
from tests.client.web_server import web_server
from tests.server_process import TEST_KEY, ServerProcess
from tests.wire.signatures import hmac_sha1

KEY = Credentials(TEST_KEY.id, TEST_KEY.secret)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def store(module_server: ServerProcess) -> Iterator[Connection]:
    with Connection(module_server.base_url, KEY) as connection:
        yield connection


def test_the_store_itself(store: Connection) -> None:
    answer = store.send("GET")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.document("ListAllMyBucketsResult") is not None


def test_headers_and_documents_are_signed(store: Connection) -> None:
    store.send("PUT", "signed", headers={"x-oss-acl": "public-read"})
    answer = store.send("GET", "signed", {"acl": ""})
    assert b"<Grant>public-read</Grant>" in answer.body
    document = b"<CORSConfiguration/>"
    with pytest.raises(RefusedError) as refused:
        store.send("PUT", "signed", {"cors": ""}, document=document)
    assert refused.value.code == "MalformedXML"


def test_parameters_are_encoded(store: Connection) -> None:
    answer = store.send("GET", None, {"max-keys": "7", "prefix": "a b&c=d/é"})
    assert "<Prefix>a b&amp;c=d/é</Prefix>" in answer.body.decode()


def test_refusals(module_server: ServerProcess, store: Connection) -> None:
    with pytest.raises(RefusedError) as refused:
        store.send("GET", "not-there", {"acl": ""})
    assert (refused.value.status, refused.value.code) == (404, "NoSuchBucket")
    module_server.wait_for_output(refused.value.request_id)
    wrong = Credentials(TEST_KEY.id, "another-secret")
    with (
        Connection(module_server.base_url, wrong) as stranger,
        pytest.raises(RefusedError, match="SignatureDoesNotMatch"),
    ):
        stranger.send("GET")


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=-3)])
def test_a_clock_that_is_wrong(module_server: ServerProcess, ahead: timedelta) -> None:
    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    with (
        Connection(module_server.base_url, KEY, clock=clock) as late,
        pytest.raises(RefusedError) as refused,
    ):
        late.send("GET")
    assert refused.value.code == "RequestTimeTooSkewed"
    told = refused.value.clock_ahead
    assert told is not None
    # Both times are whole seconds, and the request took its time.
    assert abs(told - ahead) < timedelta(minutes=5)


def test_a_bucket_in_the_host_and_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """What OSS would be sent, seen by a proxy; the signature is made from the documents' steps."""
    moment = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
    credentials = Credentials("LTAI", "the-secret", "CAIS==")
    with web_server(200, headers={"x-oss-request-id": "ID"}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with Connection("http://oss.example", credentials, clock=lambda: moment) as oss:
            oss.send("PUT", "photos", {"cors": ""}, document=b"<A/>")
            oss.send("GET")
    put, get = proxy.received
    assert (put.method, put.target) == ("PUT", "http://photos.oss.example/?cors")
    assert put.headers["host"] == "photos.oss.example"
    assert put.headers["user-agent"].startswith("pillarbox/")
    date = "Tue, 01 Jan 2030 12:00:00 GMT"
    digest = base64.b64encode(hashlib.md5(b"<A/>").digest()).decode()
    assert put.headers["content-md5"] == digest
    text = f"PUT\n{digest}\napplication/xml\n{date}\nx-oss-security-token:CAIS==\n/photos/?cors"
    assert put.headers["authorization"] == f"OSS LTAI:{hmac_sha1('the-secret', text)}"
    assert (get.target, get.headers["host"]) == ("http://oss.example/", "oss.example")
    text = f"GET\n\n\n{date}\nx-oss-security-token:CAIS==\n/"
    assert get.headers["authorization"] == f"OSS LTAI:{hmac_sha1('the-secret', text)}"
    assert all("the-secret" not in str(request) for request in proxy.received)


def test_v4_where_there_is_a_region(module_server: ServerProcess) -> None:
    odd = "a b/+%2F/../é?acl&x=1//ü"
    with Connection(module_server.base_url, KEY, region="cn-hangzhou") as store:
        store.send("PUT", "v4-region", headers={"x-oss-acl": "public-read"})
        headers = {"Content-Type": "text/x-y", "x-oss-meta-a": "b"}
        store.ask(Request("PUT", "v4-region", odd, {}, headers, b"hello"))
        told = store.send("HEAD", "v4-region", key=odd).headers
        assert (told["content-type"], told["x-oss-meta-a"]) == ("text/x-y", "b")
        listed = store.send("GET", "v4-region", {"prefix": "a b/+", "encoding-type": "url"})
        assert b"<Contents>" in listed.body
        assert b"public-read" in store.send("GET", "v4-region", {"acl": ""}).body
    with pytest.raises(ValueError, match="the region 'oss cn' is none"):
        Connection(module_server.base_url, KEY, region="oss cn")


def test_the_v4_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signature is the official SDK's for the same request."""
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    credentials = Credentials("TestAccessKeyId01", "TestAccessKeySecret0123456789")
    query = {"list-type": "2", "prefix": "dir/", "encoding-type": "url"}
    with web_server(200, headers={"x-oss-request-id": "ID"}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with Connection(
            "http://oss.example", credentials, region="cn-hangzhou", clock=lambda: moment
        ) as oss:
            oss.send("GET", "example-bucket", query)
    (request,) = proxy.received
    assert request.headers["authorization"] == (
        "OSS4-HMAC-SHA256 Credential=TestAccessKeyId01/20300101/cn-hangzhou/oss/aliyun_v4_request,"
        "Signature=56ad9c6ab4e891c6f0bf60aa69b91c3dc7157c0883197ce413c9ce1e220e6357"
    )
    assert request.headers["x-oss-date"] == "20300101T000000Z"


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        origin = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with Connection(origin, KEY) as nobody, pytest.raises(UnreachableError) as caught:
            nobody.send("GET", "photos")
    assert (caught.value.origin, caught.value.reason) == (origin, "Connection refused")
    assert TEST_KEY.secret not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("endpoint", ["http://no-such-host.invalid", "http://ä..example"])
def test_a_host_that_is_not_there(endpoint: str) -> None:
    with Connection(endpoint, KEY) as nobody, pytest.raises(UnreachableError) as caught:
        nobody.send("GET")
    assert caught.value.reason


def test_another_protocol() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            peer, _ = listening.accept()
            with peer:
                peer.recv(65536)
                peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        endpoint = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with Connection(endpoint, KEY) as other, pytest.raises(UnreachableError) as caught:
            other.send("GET")
        thread.join()
    assert caught.value.reason


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_TIMEOUT", httpx.Timeout(0.1, connect=10))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        endpoint = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with Connection(endpoint, KEY) as nobody, pytest.raises(UnreachableError) as caught:
            nobody.send("GET")
    assert caught.value.reason == "timed out"


def test_no_store() -> None:
    with (
        web_server(200, b"<html>It works!</html>") as site,
        Connection(site.url, KEY) as other,
        pytest.raises(ForeignAnswerError) as caught,
    ):
        other.send("PUT", "photos")
    assert (caught.value.origin, caught.value.status) == (site.url, 200)


def test_an_answer_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "MAX_ANSWER_SIZE", 1000)
    for size in (1000, 1001):
        headers = {"x-oss-request-id": "ID"}
        with web_server(200, b"x" * size, headers) as site, Connection(site.url, KEY) as other:
            if size == 1000:
                assert len(other.send("GET").body) == size
                continue
            with pytest.raises(ForeignAnswerError, match="over 1000 bytes"):
                other.send("GET")


@pytest.mark.parametrize(
    ("endpoint", "credentials", "message"),
    [
        ("oss.example", KEY, "is no URL of a store"),
        ("http://oss.example", Credentials("a b", "secret"), "the AccessKey id 'a b'"),
        ("http://oss.example", Credentials("id", ""), "the AccessKey secret is empty"),
        ("http://oss.example", Credentials("id", "secret", "a\nb"), "the security token"),
    ],
)
def test_what_can_never_work(endpoint: str, credentials: Credentials, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Connection(endpoint, credentials)


def test_a_bucket_that_can_not_be() -> None:
    with (
        Connection("http://oss.example", KEY) as store,
        pytest.raises(ValueError, match="no bucket name"),
    ):
        store.send("GET", "evil.example/")


@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTP_PROXY", "foo://u:hush@proxy"), ("SSL_CERT_FILE", "/nowhere/ca.pem")],
)
def test_an_environment_that_can_not_be(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=r"can't be used: .*; mend HTTP_PROXY") as caught:
        Connection("http://oss.example", KEY)
    assert "hush" not in str(caught.value)
