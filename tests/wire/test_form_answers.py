"""How a form that succeeds is answered, and that its bytes come back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import quote
from xml.etree.ElementTree import fromstring

import pytest

from tests.wire.raw_http import exchange, head
from tests.wire.signed_forms import v1
from tests.wire.store_client import FORM_TYPE, StoreClient, form

ETAG = '"' + hashlib.md5(b"bytes").hexdigest().upper() + '"'


class TestSuccess:
    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({}, 204),
            ({"success_action_status": "200"}, 200),
            ({"success_action_status": "204"}, 204),
            ({"success_action_status": "404"}, 204),
            ({"Success_Action_Status": "200"}, 200),
            ({"success_action_redirect": "not a url", "success_action_status": "200"}, 200),
        ],
    )
    def test_without_body(
        self, store: StoreClient, key: str, fields: Mapping[str, str], status: int
    ) -> None:
        answer = store.post("example-bucket", form({"key": key, **v1(), **fields}))
        assert (answer.status, answer.body) == (status, b"")
        assert answer.header("content-length") == (None if status == 204 else "0")
        assert answer.header("location") is None

    def test_headers(self, store: StoreClient, key: str) -> None:
        answer = store.post("example-bucket", form({"key": key, **v1()}, b"123456789"))
        assert answer.header("etag") == '"25F9E794323B453885F5181F1B624D0B"'
        assert answer.header("x-oss-hash-crc64ecma") == "11051210869376104954"
        assert answer.header("content-md5") == "JfnnlDI7RTiF9RgfG2JNCw=="
        assert answer.header("server") == "AliyunOSS"
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("connection") != "close"
        request_id = answer.header("x-oss-request-id") or ""
        date = parsedate_to_datetime(answer.header("date") or "").timestamp()
        assert len(request_id) == 24
        assert request_id == request_id.upper()
        assert abs(int(request_id[:8], 16) - date) <= 2
        assert (answer.header("x-oss-server-time") or "").isdigit()

    def test_created(self, store: StoreClient) -> None:
        fields = {"key": "dir/<é>&.txt", **v1(), "success_action_status": "201"}
        answer = store.post("example-bucket", form(fields))
        location = "http://127.0.0.1/example-bucket/dir%2F%3C%C3%A9%3E%26.txt"
        assert answer.status == 201
        assert answer.header("content-type") == "application/xml"
        assert answer.header("location") == location
        assert answer.body.decode() == (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            "<PostResponse>\n"
            f"  <Location>{location}</Location>\n"
            "  <Bucket>example-bucket</Bucket>\n"
            "  <Key>dir/&lt;é&gt;&amp;.txt</Key>\n"
            f"  <ETag>{ETAG}</ETag>\n"
            "</PostResponse>\n"
        )

    @pytest.mark.parametrize(
        ("url", "joint"), [("http://site.example/ok", "?"), ("https://site.example/ok?a=b", "&")]
    )
    def test_redirect(self, store: StoreClient, key: str, url: str, joint: str) -> None:
        fields = {"success_action_redirect": url, "success_action_status": "201"}
        answer = store.post("example-bucket", form({"key": key, **v1(), **fields}))
        assert (answer.status, answer.body, answer.header("content-length")) == (303, b"", "0")
        assert answer.header("location") == (
            f"{url}{joint}bucket=example-bucket&key={quote(key, safe='')}"
            f"&etag=%22{ETAG.strip(chr(34))}%22"
        )
        assert answer.header("etag") == ETAG

    def test_a_refused_form_is_not_redirected(self, store: StoreClient, key: str) -> None:
        fields = {"key": key, **v1({"bucket": "x"}), "success_action_redirect": "http://a/"}
        assert store.post("example-bucket", form(fields)).header("location") is None

    def test_on_the_buckets_own_host(self, store: StoreClient, key: str) -> None:
        body = form(
            {"key": key, **v1({"bucket": "example-bucket"}), "success_action_status": "201"}
        )
        headers = [
            (b"Content-Type", FORM_TYPE),
            (b"Content-Length", b"%d" % len(body)),
        ]
        host = f"example-bucket.localhost:{store.port}"
        answer = exchange(store.port, head(b"POST", b"/", headers, host.encode()), body)
        location = fromstring(answer.body).findtext("Location")
        assert location == f"http://{host}/{quote(key, safe='')}"
        assert store.read("example-bucket", key).body == b"bytes"

    @pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 300_001, 5_000_000])
    def test_bytes_come_back(self, store: StoreClient, key: str, size: int) -> None:
        content = bytes(n % 251 for n in range(1000)) * (size // 1000) + b"x" * (size % 1000)
        answer = store.post("example-bucket", form({"key": key, **v1()}, content))
        assert answer.status == 204
        stored = store.read("example-bucket", key)
        assert stored.body == content
        assert stored.header("etag") == f'"{hashlib.md5(content).hexdigest().upper()}"'

    def test_an_overwrite_replaces_everything(self, store: StoreClient, key: str) -> None:
        first = {"key": key, **v1(), "x-oss-meta-a": "1", "Cache-Control": "no-cache"}
        store.post("example-bucket", form(first, b"first"))
        assert store.post("example-bucket", form({"key": key, **v1()}, b"second")).status == 204
        stored = store.read("example-bucket", key)
        assert stored.body == b"second"
        assert stored.header("x-oss-meta-a") is None
        assert stored.header("cache-control") is None
