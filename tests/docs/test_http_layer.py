"""What parity.md says of the HTTP layer, case by case, from raw sockets."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tests.docs.signed_requests import signed_request
from tests.server_process import PATIENCE, ServerProcess

PARITY = Path(__file__).parents[2] / "docs" / "parity.md"

_HOST = b"Host: 127.0.0.1\r\nConnection: close\r\n"


def _head(*lines: bytes, target: bytes = b"/public/key", verb: bytes = b"GET") -> bytes:
    return verb + b" " + target + b" HTTP/1.1\r\n" + _HOST + b"".join(lines) + b"\r\n"


def _put(*lines: bytes, body: bytes = b"") -> bytes:
    return _head(*lines, verb=b"PUT") + body


_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_CHUNKS = b"3\r\nabc\r\n0\r\n\r\n"

#: The first column of parity.md's table, and requests of that kind.
BARE = {
    "garbage instead of a request line; HTTP/3.0 or another unknown version": (
        b"garbage\r\n\r\n",
        b"GET / HTTP/3.0\r\n" + _HOST + b"\r\n",
        b"GET / HTTP/1.1 \r\n" + _HOST + b"\r\n",
    ),
    "a blank or control character in the request target": (
        _head(target=b"/public/a b"),
        _head(target=b"/public/\x01"),
    ),
    "a header without a colon, with a blank in front of it, with NUL, or folded": (
        _head(b"no colon\r\n"),
        _head(b"x : a\r\n"),
        _head(b"x: a\0b\r\n"),
        _head(b"x: a\r\n b\r\n"),
    ),
    "Content-Length that is no number, negative, signed, over 64 bits, or a list": (
        _put(b"Content-Length: abc\r\n"),
        _put(b"Content-Length: -1\r\n"),
        _put(b"Content-Length: +5\r\n", body=b"hello"),
        _put(b"Content-Length: 18446744073709551617\r\n"),
        _put(b"Content-Length: 5, 5\r\n", body=b"hello"),
    ),
    "two Content-Length headers that differ": (
        _put(b"Content-Length: 5\r\nContent-Length: 6\r\n", body=b"hello"),
    ),
    "Transfer-Encoding that does not end in `chunked`": (
        _put(b"Transfer-Encoding: gzip\r\n", body=b"abc"),
    ),
    "a request target over 64 KiB": (_head(target=b"/public/" + b"a" * 70_000),),
    "over 100 headers; a head of more than some 300 KiB": (
        _head(*(b"x-%d: 1\r\n" % i for i in range(100))),
        _head(b"x: " + b"a" * 600_000 + b"\r\n"),
    ),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",),
}

CUT = (
    _put(b"Content-Length: 50\r\n", body=b"hello"),
    _put(_CHUNKED, body=b"3\r\nabc\r\n"),
)

#: The same for the table of what reaches Pillarbox; with the status that must come.
REACHING = {
    "two Content-Length headers that agree": (
        200,
        _put(b"Content-Length: 5\r\nContent-Length: 5\r\n", body=b"hello"),
    ),
    "Content-Length and Transfer-Encoding both": (
        200,
        _put(b"Content-Length: 5\r\n" + _CHUNKED, body=_CHUNKS),
    ),
    "`Transfer-Encoding: gzip, chunked`": (
        501,
        _put(b"Transfer-Encoding: gzip, chunked\r\n", body=_CHUNKS),
    ),
    "a chunk size that is none, a body cut off": (
        400,
        _put(_CHUNKED, body=b"zz\r\nabc\r\n0\r\n\r\n"),
        *CUT,
    ),
    "two Host headers; none; an empty one": (
        400,
        _head(b"Host: 127.0.0.1\r\n"),
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
    ),
    "an unknown verb, TRACE, CONNECT": (
        405,
        _head(verb=b"BREW"),
        _head(verb=b"get"),
        _head(verb=b"TRACE"),
        _head(verb=b"CONNECT", target=b"a:80"),
    ),
    "line feeds without carriage returns between headers": (
        403,
        _head(target=b"/").replace(b"\r\n", b"\n"),
    ),
    "`#` in the target": (404, _head(target=b"/public/missing#x")),
    "raw bytes over 127 in the target": (404, _head(target=b"/public/\xc3\xa9")),
    "chunk extensions, fields behind the last chunk": (
        200,
        _put(_CHUNKED, body=b"5;name=value\r\nhello\r\n0\r\nX-Field: 1\r\n\r\n"),
    ),
    "`Expect: 100-continue`": (
        100,
        _put(b"Expect: 100-continue\r\nContent-Length: 5\r\n", body=b"hello"),
    ),
    "`Expect` with anything else": (
        200,
        _put(b"Expect: 200-ok\r\nContent-Length: 5\r\n", body=b"hello"),
    ),
}


def _table(head: str) -> dict[str, str]:
    """Case and answer of the table behind a line of the page."""
    rows = PARITY.read_text("utf-8").partition(head)[2].partition("|---|---|\n")[2]
    table = re.match(r"(?:\|.*\|\n)+", rows)
    assert table is not None
    cells = [line.strip("| ").split(" | ") for line in table[0].splitlines()]
    return {case.strip(): answer.strip() for case, answer in cells}


BARE_ROWS = _table("granian parses HTTP.")
REACHING_ROWS = _table("These reach Pillarbox:")


def exchange(server: ServerProcess, request: bytes) -> bytes:
    """Send a request, after a cut one the end of the stream; all that comes back."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        answer = b""
        with suppress(ConnectionError):  # it is refused before all was sent
            connection.sendall(request)
        if request in CUT:
            connection.shutdown(socket.SHUT_WR)
        try:
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass  # it was closed before all was read; what was answered came first
        return answer


@pytest.fixture(scope="module")
def server(module_server: ServerProcess) -> ServerProcess:
    """The server with a bucket `public` that anybody may write."""
    headers = {"x-oss-acl": "public-read-write"}
    assert signed_request(module_server, "PUT", "/public", headers).status == 200
    return module_server


def test_the_page_has_the_same_cases() -> None:
    assert list(BARE_ROWS) == list(BARE)
    assert list(REACHING_ROWS) == list(REACHING)


@pytest.mark.parametrize("case", BARE)
def test_what_the_http_server_refuses(case: str, server: ServerProcess) -> None:
    status = re.search(r"bare (\d{3})", BARE_ROWS[case])
    for request in BARE[case]:
        answer = exchange(server, request)
        if status is None:
            assert answer == b""
        else:
            assert answer.startswith(b"HTTP/1.1 " + status[1].encode())
            assert answer.endswith(b"\r\n\r\n")
            assert b"x-oss-request-id" not in answer.lower()


@pytest.mark.parametrize("case", REACHING)
def test_what_reaches_pillarbox(case: str, server: ServerProcess) -> None:
    status, *requests = REACHING[case]
    for request in requests:
        assert isinstance(request, bytes)
        answer = exchange(server, request)
        assert answer.split(b" ", 2)[1] == str(status).encode()
        assert b"x-oss-request-id" in answer.lower()
        for code in re.findall(r"`([A-Z]\w+)`", REACHING_ROWS[case]):
            assert f"<Code>{code}</Code>".encode() in answer
