"""What the HTTP parser refuses before Pillarbox sees it, and what gets through.

The table of docs/parity.md, "HTTP layer", held against the server.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.raw_http import Connection
from tests.wire.store_client import FORM_TYPE, StoreClient, form

HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /open HTTP/1.1\r\n" + HOST + b"Content-Type: " + FORM_TYPE + b"\r\n"
BODY = form({"key": "k"})
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = StoreClient(tmp_path_factory.mktemp("http"), "--init-bucket", "open:public-read-write")
    yield client
    client.end()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"garbage\r\n\r\n", 400, id="garbage"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, id="TLS hello"),
        pytest.param(b"GET / HTTP/3.0\r\n" + HOST + b"\r\n", 400, id="unknown version"),
        pytest.param(b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400, id="blank in target"),
        pytest.param(b"GET /a\x01 HTTP/1.1\r\n" + HOST + b"\r\n", 400, id="control in target"),
        pytest.param(POST + b"no colon\r\n\r\n", 400, id="header without colon"),
        pytest.param(POST + b"X : y\r\n\r\n", 400, id="blank before colon"),
        pytest.param(POST + b"X: a\r\n b\r\n\r\n", 400, id="folded header"),
        pytest.param(POST + b"X: a\x00b\r\n\r\n", 400, id="NUL in header"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n", 400, id="negative length"),
        pytest.param(POST + b"Content-Length: +5\r\n\r\n", 400, id="signed length"),
        pytest.param(POST + b"Content-Length: 5, 5\r\n\r\n", 400, id="list of lengths"),
        pytest.param(POST + b"Content-Length: abc\r\n\r\n", 400, id="length of letters"),
        pytest.param(
            POST + b"Content-Length: 99999999999999999999999\r\n\r\n", 400, id="length of 77 bits"
        ),
        pytest.param(
            POST + LENGTH + b"Content-Length: 5\r\n\r\n" + BODY, 400, id="two lengths that differ"
        ),
        pytest.param(
            POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n", 400, id="chunked is not last"
        ),
        pytest.param(POST + b"Transfer-Encoding: identity\r\n\r\n", 400, id="unknown coding"),
        pytest.param(b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414, id="URL"),
        pytest.param(POST + b"X: y\r\n" * 101 + b"\r\n", 431, id="101 headers and more"),
    ],
)
def test_the_parser_refuses(store: StoreClient, sent: bytes, status: int) -> None:
    """A bare status, no XML, no request id, no line in the log, the connection closed."""
    lines = store.server.output.count("\n")
    with Connection(store.port) as connection:
        connection.send(sent)
        answer = connection.answer()
        assert (answer.status, answer.body) == (status, b"")
        assert answer.header("x-oss-request-id") is None
        assert connection.is_closed()
    assert store.server.output.count("\n") == lines


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param(
            POST.replace(HOST, b"") + LENGTH + b"\r\n" + BODY, 400, "InvalidArgument", id="no host"
        ),
        pytest.param(
            POST.replace(HOST, b"Host:\r\n") + LENGTH + b"\r\n" + BODY,
            400,
            "InvalidArgument",
            id="empty host",
        ),
        pytest.param(
            POST + HOST + LENGTH + b"\r\n" + BODY, 400, "InvalidArgument", id="one host twice"
        ),
        pytest.param(
            POST + b"Host: another.localhost\r\n" + LENGTH + b"\r\n" + BODY,
            400,
            "InvalidArgument",
            id="two hosts",
        ),
        pytest.param(
            POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKS,
            501,
            "NotImplemented",
            id="gzip",
        ),
        pytest.param(
            b"TRACE /open/k HTTP/1.1\r\n" + HOST + b"\r\n", 405, "MethodNotAllowed", id="TRACE"
        ),
        pytest.param(
            b"BREW /open/k HTTP/1.1\r\n" + HOST + b"\r\n", 405, "MethodNotAllowed", id="BREW"
        ),
    ],
)
def test_pillarbox_refuses(store: StoreClient, sent: bytes, status: int, code: str) -> None:
    with Connection(store.port) as connection:
        connection.send(sent)
        answer = connection.answer()
    assert (answer.status, answer.error["Code"]) == (status, code)
    assert answer.error["RequestId"] == answer.header("x-oss-request-id")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(POST + LENGTH + b"\r\n" + BODY, id="plain"),
        pytest.param(POST + LENGTH + LENGTH + b"\r\n" + BODY, id="two lengths that agree"),
        pytest.param(
            POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
            id="length and chunked",
        ),
        pytest.param(POST + b"Transfer-Encoding: CHUNKED\r\n\r\n" + CHUNKS, id="capitals"),
        pytest.param(
            (POST + LENGTH + b"\r\n").replace(b"\r\n", b"\n") + BODY, id="line feeds in the head"
        ),
        pytest.param(POST.replace(b"/open", b"/open?#x") + LENGTH + b"\r\n" + BODY, id="fragment"),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS[:-2] + b"X: y\r\n\r\n",
            id="chunked with trailer",
        ),
        pytest.param(
            POST
            + b"Transfer-Encoding: chunked\r\n\r\n"
            + CHUNKS.replace(b"\r\n", b";name=value\r\n", 1),
            id="chunk extension",
        ),
    ],
)
def test_pillarbox_takes(store: StoreClient, sent: bytes) -> None:
    with Connection(store.port) as connection:
        connection.send(sent)
        assert connection.answer().status == 204
    assert store.read("open", "k").body == b"bytes"
    store.signed("DELETE", "open", "k")


def test_a_length_beside_chunks_smuggles_no_request(store: StoreClient) -> None:
    """What follows the last chunk is never read as a request."""
    smuggled = b"DELETE /open/k HTTP/1.1\r\n" + HOST + b"\r\n"
    head = POST + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % (len(CHUNKS) + 9)
    with Connection(store.port) as connection:
        connection.send(head + CHUNKS + smuggled)
        assert connection.answer().status == 204
        assert connection.is_closed()
    assert store.read("open", "k").body == b"bytes"


def test_the_preface_of_http_2(store: StoreClient) -> None:
    with Connection(store.port) as connection:
        connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert connection.is_closed()


def test_a_client_that_waits_for_100(store: StoreClient) -> None:
    with Connection(store.port) as connection:
        connection.send(POST + LENGTH + b"Expect: 100-continue\r\n\r\n")
        assert connection.answer().status == 100
        connection.send(BODY)
        assert connection.answer().status == 204


def test_requests_in_a_row_on_one_connection(store: StoreClient) -> None:
    with Connection(store.port) as connection:
        connection.send((POST + LENGTH + b"\r\n" + BODY) * 3)
        assert [connection.answer().status for _ in range(3)] == [204] * 3
