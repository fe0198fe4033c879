"""Callbacks of a running server, to sites that are real sockets (OSS: "Callback")."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote

import httpx
import oss2
import pytest

from pillarbox.callback.signature import is_signed
from pillarbox.callback.template import SYSTEM_VARIABLES
from tests.callback.test_image import png
from tests.callback_site import GOOD, CallbackSite, answer, site, unused_port
from tests.server_process import ServerProcess
from tests.wire.refusal import refusal
from tests.wire.signed_forms import v1
from tests.wire.store_client import StoreClient, form

BUCKET = "example-bucket"
EVERYTHING = {name: f"${{{name}}}" for name in (*SYSTEM_VARIABLES, "x:one", "x:two")}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    options = [f"--init-bucket={BUCKET}:private", "--init-bucket=open:public-read-write"]
    options += ["--callback-allow=127.0.0.1", "--callback-key-url=https://files.example/key.pem"]
    client = StoreClient(tmp_path_factory.mktemp("store"), *options)
    try:
        yield client
    finally:
        client.end()


@pytest.fixture
def bucket(store: StoreClient) -> oss2.Bucket:
    auth = oss2.Auth(store.server.access_key.id, store.server.access_key.secret)
    return oss2.Bucket(auth, store.server.base_url, BUCKET)


def encoded(**members: object) -> str:
    return base64.b64encode(json.dumps(members).encode()).decode()


def calling(one: CallbackSite, target: str = "/cb?a=1", **members: object) -> str:
    body = "&".join(f"{name}={value}" for name, value in EVERYTHING.items())
    return encoded(**{"callbackUrl": one.url(target), "callbackBody": body, **members})


def check_signature(store: StoreClient, one: CallbackSite) -> None:
    pem = httpx.get(f"{store.server.base_url}/-/callback.pem")
    (heard,) = one.heard
    text = heard.target.encode() + b"\n" + heard.body
    assert is_signed(text, heard.headers["authorization"], pem.content)
    told = base64.b64decode(heard.headers["x-oss-pub-key-url"])
    assert told == b"https://files.example/key.pem"


def test_a_form_with_a_callback(store: StoreClient) -> None:
    content = png(30, 20) + bytes(100_000)
    fields = {"key": "a/é b.png", **v1(), "x:one": "1&2", "success_action_status": "201"}
    with site() as one:
        body = form({**fields, "callback": calling(one)}, content, part_type="image/png")
        given = store.post(BUCKET, body)
    assert (given.status, given.body) == (200, GOOD), "the callback beats the status"
    assert given.header("content-type") == "application/json"
    md5 = hashlib.md5(content)
    assert given.header("etag") == f'"{md5.hexdigest().upper()}"'
    (heard,) = one.heard
    assert heard.headers["x-oss-request-id"] == given.header("x-oss-request-id")
    assert heard.headers["x-pillarbox-etag"] == given.header("etag")
    said = {k: v for k, (v,) in parse_qs(heard.body.decode(), keep_blank_values=True).items()}
    assert said == {
        "bucket": BUCKET,
        "object": "a/é b.png",
        "etag": md5.hexdigest().upper(),
        "size": str(len(content)),
        "mimeType": "image/png",
        "imageInfo.height": "20",
        "imageInfo.width": "30",
        "imageInfo.format": "png",
        "crc64": given.header("x-oss-hash-crc64ecma"),
        "contentMd5": base64.b64encode(md5.digest()).decode(),
        "vpcId": "",
        "clientIp": "127.0.0.1",
        "reqId": given.header("x-oss-request-id"),
        "operation": "PostObject",
        "x:one": "1&2",
        "x:two": "",
    }
    check_signature(store, one)
    assert store.read(BUCKET, "a/é b.png").body == content


def test_a_json_body_and_another_host(store: StoreClient) -> None:
    text = '{"key":${object},"size":${size},"wide":${imageInfo.width},"mine":${x:one}}'
    members: dict[str, Any] = {
        "callbackBody": text,
        "callbackBodyType": "application/json",
        "callbackHost": "site.example",
        "callbackSNI": True,
    }
    with site(answer(b'{"\xc3\xa9":[1]}')) as one:
        fields = {"key": 'a"b', **v1(), "x:one": "ü", "callback": calling(one, **members)}
        given = store.post(BUCKET, form(fields))
    assert (given.status, given.body.decode()) == (200, '{"é":[1]}')
    (heard,) = one.heard
    assert json.loads(heard.body) == {"key": 'a"b', "size": 5, "wide": "", "mine": "ü"}
    assert heard.headers["host"] == "site.example"
    assert heard.headers["content-type"] == "application/json"
    check_signature(store, one)


def test_a_callback_beats_a_redirect(store: StoreClient) -> None:
    with site() as one:
        fields = {"success_action_redirect": "http://a.example/", "callback": calling(one)}
        given = store.post(BUCKET, form({"key": "redirected", **v1(), **fields}))
    assert (given.status, given.body, given.header("location")) == (200, GOOD, None)


def test_anybody_may_ask_for_a_callback_where_anybody_may_write(store: StoreClient) -> None:
    with site() as one:
        given = store.post("open", form({"key": "a", "callback": calling(one)}))
    assert (given.status, given.body) == (200, GOOD)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (answer(status=502), "Error status : 502."),
        (answer(b"ok"), "Response body is not valid json format."),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "Error Status : 400.User server missing content-length."),
    ],
)
def test_a_site_that_answers_badly(store: StoreClient, reply: bytes, message: str) -> None:
    with site(reply) as one:
        fields = {"key": "failed", **v1(), "callback": calling(one)}
        given = store.post(BUCKET, form(fields, reply))
        refusal(given, "CallbackFailed", 203, message, "0007-00000203")
    assert given.header("etag") == f'"{hashlib.md5(reply).hexdigest().upper()}"'
    assert len(one.heard) == 1, "there is no second try"
    assert store.read(BUCKET, "failed").body == reply, "the object is kept"


def test_a_second_url_where_the_first_is_down(store: StoreClient) -> None:
    with site() as one:
        urls = f"http://127.0.0.1:{unused_port()}/;{one.url('/second')}"
        fields = {"key": "second", **v1(), "callback": calling(one, callbackUrl=urls)}
        given = store.post(BUCKET, form(fields))
    assert (given.status, given.body) == (200, GOOD)
    assert one.heard[0].target == "/second"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://a.example:x/", "The callback url configuration is invalid."),
        ("http://none.invalid/", "Can not get ip by this host."),
        ("http://127.0.0.2/", "Private address is forbidden to callback."),
        ("http://2130706434/", "Private address is forbidden to callback."),
        ("http://169.254.169.254/latest/", "Private address is forbidden to callback."),
        ("http://100.100.100.200/", "Private address is forbidden to callback."),
        ("127.0.0.1:1;10.0.0.1", "Private address is forbidden to callback."),
    ],
)
def test_what_can_not_be_called_is_refused_before_anything_is_kept(
    store: StoreClient, url: str, message: str
) -> None:
    callback = encoded(callbackUrl=url, callbackBody="a=b")
    given = store.post(BUCKET, form({"key": "refused", **v1(), "callback": callback}))
    error = refusal(given, "InvalidArgument", 400, message)
    assert (error["ArgumentName"], error["ArgumentValue"]) == ("callback", callback)
    put = store.signed("PUT", BUCKET, "refused", own={"x-oss-callback": callback})
    assert refusal(put, "InvalidArgument", 400, message)["ArgumentName"] == "x-oss-callback"
    assert store.read(BUCKET, "refused").status == 404


def test_without_leave_a_store_does_not_call_its_own_machine(server: ServerProcess) -> None:
    with site() as one:
        headers = {"x-oss-callback": encoded(callbackUrl=one.url(), callbackBody="a")}
        auth = oss2.Auth(server.access_key.id, server.access_key.secret)
        bucket = oss2.Bucket(auth, server.base_url, "photos")
        bucket.create_bucket()
        with pytest.raises(oss2.exceptions.ServerError) as refused:
            bucket.put_object("a", b"x", headers=headers)
        assert refused.value.message == "Private address is forbidden to callback."
    assert one.heard == []
    server.wait_for_notice("--callback-allow names networks")


class TestPutObject:
    def test_by_headers(self, store: StoreClient, bucket: oss2.Bucket) -> None:
        headers = {"x-oss-callback-var": encoded(**{"x:one": "eins", "x:two": "z w"})}
        with site() as one:
            headers["x-oss-callback"] = calling(one)
            given = bucket.put_object("by-header", b"hello", headers=headers)
        assert (given.status, given.resp.read()) == (200, GOOD)
        said = {k: v for k, (v,) in parse_qs(one.heard[0].body.decode()).items()}
        assert (said["operation"], said["x:one"], said["x:two"]) == ("PutObject", "eins", "z w")
        assert said["contentMd5"] == "XUFAKrxLKna5cZ2REBfFkg=="
        check_signature(store, one)

    def test_by_signed_parameters(self, store: StoreClient, bucket: oss2.Bucket) -> None:
        with site() as one:
            variables = encoded(**{"x:one": "eins"})
            params = {"callback": calling(one), "callback-var": variables}
            url = bucket.sign_url("PUT", "by-query", 60, params=params)
            given = httpx.put(url, content=b"hello")
            changed = url.replace(quote(params["callback"], safe=""), quote(variables, safe=""))
            assert changed != url
            refused = httpx.put(changed, content=b"other")
        assert (given.status_code, given.content) == (200, GOOD)
        assert parse_qs(one.heard[0].body.decode())["x:one"] == ["eins"]
        assert refused.status_code == 403, "the parameter is signed"
        assert bucket.get_object("by-query").read() == b"hello"

    def test_a_site_that_answers_badly(self, bucket: oss2.Bucket) -> None:
        with site(answer(status=500)) as one:
            headers = {"x-oss-callback": calling(one)}
            given = bucket.put_object("failed", b"hello", headers=headers)
        assert given.status == 203
        assert b"<Code>CallbackFailed</Code>" in given.resp.read()
        assert given.etag == "5D41402ABC4B2A76B9719D911017C592"
        assert bucket.get_object("failed").read() == b"hello"

    @pytest.mark.parametrize(
        ("headers", "params", "message"),
        [
            (
                {"x-oss-callback": "e30="},
                {"callback": "e30="},
                "Either the callback query string parameter or the x-oss-callback header",
            ),
            (
                {"x-oss-callback-var": "e30="},
                {"callback": "e30=", "callback-var": "e30="},
                "Either the callback-var query string parameter or the x-oss-callback-var header",
            ),
            ({"x-oss-callback": "?"}, {}, "is not base64 encoded"),
            (
                {"x-oss-callback": "e30=", "x-oss-callback-var": "W10="},
                {},
                "The callback var is not expecten json.",
            ),
        ],
    )
    def test_flaws(
        self, bucket: oss2.Bucket, headers: dict[str, str], params: dict[str, str], message: str
    ) -> None:
        url = bucket.sign_url("PUT", "flawed", 60, headers=headers, params=params)
        given = httpx.put(url, content=b"x", headers=headers)
        assert given.status_code == 400
        assert message in given.text
        assert not bucket.object_exists("flawed")

    def test_two_headers_are_refused(self, bucket: oss2.Bucket) -> None:
        twice = [("x-oss-callback", "e30="), ("x-oss-callback", "e31=")]
        given = httpx.put(bucket.sign_url("PUT", "twice", 60), content=b"x", headers=twice)
        assert given.status_code == 400
        assert "<ArgumentName>x-oss-callback</ArgumentName>" in given.text

    def test_variables_alone_ask_for_nothing(self, bucket: oss2.Bucket) -> None:
        headers = {"x-oss-callback": "", "x-oss-callback-var": "?"}
        assert bucket.put_object("alone", b"x", headers=headers).resp.read() == b""


class TestKey:
    def test_it_is_there_on_every_host(self, store: StoreClient) -> None:
        url = f"{store.server.base_url}/-/callback.pem"
        given = httpx.get(url)
        assert given.headers["content-type"] == "application/x-pem-file"
        assert given.text.startswith("-----BEGIN PUBLIC KEY-----\n")
        assert httpx.get(url, headers={"Host": "open.localhost"}).content == given.content
        head = httpx.head(url)
        assert (head.content, head.headers["content-length"]) == (b"", str(len(given.content)))
        assert httpx.post(url).status_code == 405
        assert httpx.get(f"{store.server.base_url}/-/other.pem").status_code == 404

    def test_it_stays_the_same_and_is_kept_for_its_owner_alone(self, start_server: Any) -> None:
        server = start_server()
        pem = httpx.get(f"{server.base_url}/-/callback.pem").content
        file = server.data_dir / "callback-key.pem"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        server.stop()
        options = ("--init-bucket=open:public-read-write", "--callback-allow=127.0.0.1")
        server = start_server(*options, data_dir=server.data_dir)
        assert httpx.get(self.told_to_sites(server)).content == pem

    def told_to_sites(self, server: ServerProcess) -> str:
        """The key's URL as callbacks name it, which without an option is the server's own."""
        with site() as one:
            headers = {"x-oss-callback": calling(one)}
            assert httpx.put(f"{server.base_url}/open/a", headers=headers).content == GOOD
        told = base64.b64decode(one.heard[0].headers["x-oss-pub-key-url"]).decode()
        assert told == f"{server.base_url}/-/callback.pem"
        return told


def test_a_visitor_may_not_add_a_callback_to_a_strict_form(start_server: Any) -> None:
    server = start_server("--init-bucket=open:public-read-write:strict", "--callback-allow=::/0")
    data = {"key": "a", "callback": encoded(callbackUrl="http://[::1]", callbackBody="a")}
    given = httpx.post(f"{server.base_url}/open", data=data, files={"file": b"x"})
    assert (given.status_code, "Extra input fields: callback" in given.text) == (403, True)
