"""ali-oss puts objects with its option `callback`, and a real site is called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import oss2
import pytest

from pillarbox.client.callbacks import CallbackKeys, verify_callback
from tests.callback_site import CallbackSite, answer, site
from tests.clients.ali_oss import AliOss, needs_ali_oss
from tests.server_process import ServerProcess

pytestmark = needs_ali_oss


@pytest.fixture(scope="module")
def module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that may call sites on this machine."""
    options = ["--callback-allow", "127.0.0.1"]
    running = ServerProcess(tmp_path_factory.mktemp("server"), options)
    try:
        yield running
        running.stop()
    finally:
        running.end()


@pytest.fixture
def ali(module_server: ServerProcess, bucket: oss2.Bucket) -> AliOss:
    """The client, on a bucket of the test's own."""
    endpoint = f"http://localhost:{module_server.port}"
    return AliOss(module_server, bucket.bucket_name, endpoint=endpoint, sldEnable=True)


def asks(receiver: CallbackSite, **more: Any) -> dict[str, Any]:
    """The option as ali-oss's README has it."""
    return {
        "callback": {
            "url": receiver.url(),
            "body": "bucket=${bucket}&object=${object}&size=${size}&who=${x:who}",
            "contentType": "application/x-www-form-urlencoded",
            "customValue": {"who": "a b+é"},
            **more,
        }
    }


def test_the_sites_answer_is_passed_through(
    ali: AliOss, module_server: ServerProcess, bucket: oss2.Bucket
) -> None:
    with site(answer('{"Status":"OK","said":"é"}'.encode())) as receiver:
        (put,) = ali.run(("put", "up/a b+é.txt", b"bytes", asks(receiver)))
        (heard,) = receiver.heard
    assert put["res"]["status"] == 200
    assert put["data"] == {"Status": "OK", "said": "é"}
    assert bucket.get_object("up/a b+é.txt").read() == b"bytes"
    assert parse_qs(heard.body.decode()) == {
        "bucket": [bucket.bucket_name],
        "object": ["up/a b+é.txt"],
        "size": ["5"],
        "who": ["a b+é"],
    }
    verify_callback(
        path="/uploaded",
        query="",
        headers=heard.headers,
        body=heard.body,
        keys=CallbackKeys([module_server.base_url]),
    )


def test_a_body_of_json(ali: AliOss) -> None:
    with site() as receiver:
        body = '{"key":${object},"size":${size}}'
        (put,) = ali.run(
            ("put", "a.txt", b"bytes", asks(receiver, body=body, contentType="application/json"))
        )
        (heard,) = receiver.heard
    assert put["data"] == {"Status": "OK"}
    assert json.loads(heard.body) == {"key": "a.txt", "size": 5}


@pytest.mark.parametrize(
    "reply", [answer(b"{}", 500), answer(b"no JSON"), answer(b"")], ids=["500", "text", "empty"]
)
def test_a_failing_site_raises_and_the_object_is_kept(
    ali: AliOss, bucket: oss2.Bucket, reply: bytes
) -> None:
    with site(reply) as receiver:
        (failed,) = ali.run(("put", "kept.txt", b"bytes", asks(receiver)))
        assert len(receiver.heard) == 1
    assert failed["name"] == "CallbackFailedError"
    assert (failed["code"], failed["status"]) == ("CallbackFailed", 203)
    assert failed["requestId"]
    assert bucket.get_object("kept.txt").read() == b"bytes"


def test_a_site_that_is_not_there(ali: AliOss, bucket: oss2.Bucket) -> None:
    with site() as receiver:
        pass
    (failed,) = ali.run(("put", "kept.txt", b"bytes", asks(receiver)))
    assert (failed["name"], failed["status"]) == ("CallbackFailedError", 203)
    assert bucket.object_exists("kept.txt")
