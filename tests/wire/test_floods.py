"""Heads, fields and parts without end: each is refused while it comes, and costs little memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import repeat

import pytest

from pillarbox.model.limits import KIB, MAX_FIELDS, MIB
from tests.server import store_server
from tests.server_process import ServerProcess
from tests.wire.raw_http import Connection, RawAnswer, chunked, head, request
from tests.wire.store_client import BOUNDARY, FORM_TYPE, Fields, form, part
from tests.worker_state import anonymous_memory, unfinished_uploads

#: Sent if nobody stops it: as good as without end.
FLOOD = 64 * MIB
#: What a flood may cost at most: what is on its way, copies of it, and what the allocator keeps.
MEMORY = 16 * MIB

REQUEST_LINE = b"GET /open HTTP/1.1\r\n"
HEAD = REQUEST_LINE + b"Host: 127.0.0.1\r\n"
POST = head(b"POST", b"/open", [(b"Content-Type", FORM_TYPE), (b"Transfer-Encoding", b"chunked")])
PART = b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One that leaves a client soon after it has refused it."""
    directory = tmp_path_factory.mktemp("flooded")
    settings = json.dumps({"refused_timeout": 0.5})
    started = ServerProcess(directory, command=[store_server.__file__, str(directory), settings])
    try:
        yield started
        started.stop()
    finally:
        started.end()


def flood(piece: bytes) -> Iterator[bytes]:
    """`piece` over and over, a MiB at a time."""
    return repeat(piece * (MIB // len(piece)), FLOOD // MIB)


def exchanged(server: ServerProcess, start: bytes, pieces: Iterator[bytes]) -> tuple[int, str, int]:
    """Status and code of the answer, empty without a document, and the memory that it cost."""
    before = anonymous_memory(server)
    with Connection(server.port) as connection:
        connection.send(start, *pieces)
        answer = connection.answer()
        assert connection.is_closed()
    code = answer.error["Code"] if answer.body else ""
    return answer.status, code, anonymous_memory(server) - before


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        pytest.param(HEAD + b"X: ", b"a", id="a header's value"),
        pytest.param(HEAD, b"X", id="a header's name"),
        pytest.param(HEAD, b"X: y\r\n", id="small headers"),
        pytest.param(HEAD, b"X: " + b"y" * 8 * KIB + b"\r\n", id="large headers"),
        pytest.param(b"GET /", b"a", id="a target"),
        pytest.param(b"", b"A", id="a verb"),
        pytest.param(b"", b"\r\n", id="empty lines"),
    ],
)
def test_a_head_without_end(server: ServerProcess, start: bytes, piece: bytes) -> None:
    status, code, memory = exchanged(server, start, flood(piece))
    assert (status, code) == (431, "")
    assert memory < MEMORY
    assert request(server.port, b"GET", b"/open/none").status == 404


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([b"X: " + b"y" * MIB], id="one of 1 MiB"),
        pytest.param([b"X: " + b"y" * 64 * KIB] * 16, id="sixteen of 64 KiB"),
        pytest.param([b"X: y"] * 100, id="101 of them"),
    ],
)
def test_a_head_that_is_too_large(server: ServerProcess, headers: list[bytes]) -> None:
    with Connection(server.port) as connection:
        connection.send(HEAD + b"\r\n".join([*headers, b"", b""]))
        answer = connection.answer()
        assert (answer.status, answer.body) == (431, b"")
        assert connection.is_closed()


@pytest.mark.parametrize(
    ("start", "piece", "code"),
    [
        pytest.param(PART + b'x"\r\n\r\n', b"v", "FieldItemTooLong", id="a field"),
        pytest.param(
            PART + b'x"\r\n\r\n',
            b"\r\n--" + BOUNDARY[:-1],
            "FieldItemTooLong",
            id="what begins like a delimiter",
        ),
        pytest.param(PART, b"n", "FieldItemTooLong", id="a part's header"),
        pytest.param(PART + b'x"', b"; a=b", "FieldItemTooLong", id="a part's parameters"),
        pytest.param(PART + b'x"', b"\r\nX: y", "FieldItemTooLong", id="the headers of a part"),
        pytest.param(
            b"", part("x", b"v"), "MaxPOSTPreDataLengthExceededError", id="parts of one name"
        ),
        pytest.param(b"", b"--" + BOUNDARY + b"\r\n", "FieldItemTooLong", id="delimiters alone"),
        pytest.param(b"", b"\r\n", "MalformedPOSTRequest", id="no delimiter"),
        pytest.param(form({"key": "flood"}), b"\r\n", "MalformedPOSTRequest", id="behind the form"),
        pytest.param(
            form({"key": "flood"}, late={}).removesuffix(b"--\r\n") + b"\r\n",
            part("late", b"v").removeprefix(b"--" + BOUNDARY + b"\r\n")
            + b"--"
            + BOUNDARY
            + b"\r\n",
            "MaxPOSTPreDataLengthExceededError",
            id="parts behind the file",
        ),
    ],
)
def test_a_form_without_end(server: ServerProcess, start: bytes, piece: bytes, code: str) -> None:
    pieces = list(chunked([start, *flood(piece)] if start else flood(piece)))[:-1]
    status, found, memory = exchanged(server, POST, iter(pieces))
    assert (status, found) == (400, code)
    assert memory < MEMORY
    assert unfinished_uploads(server) == 0


def post(server: ServerProcess, fields: Fields) -> RawAnswer:
    return request(server.port, b"POST", b"/open", [(b"Content-Type", FORM_TYPE)], form(fields))


@pytest.mark.parametrize("names", ["of one name", "each of its own"])
def test_ten_thousand_fields(server: ServerProcess, names: str) -> None:
    own = names == "each of its own"
    fields = [(f"x{n if own else ''}", "v") for n in range(10_000)]
    before = anonymous_memory(server)
    answer = post(server, [("key", "many"), *fields])
    assert (answer.status, answer.error["Code"]) == (400, "MaxPOSTPreDataLengthExceededError")
    assert anonymous_memory(server) - before < MEMORY
    assert post(server, [("key", "many"), *fields[: MAX_FIELDS - 1]]).status == 204


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        pytest.param(b"1;", b"a", id="a chunk's extension"),
        pytest.param(b"1\r\nx\r\n0\r\n", b"X: y\r\n", id="fields behind the last chunk"),
        pytest.param(b"", b"f", id="a chunk's size"),
    ],
)
def test_framing_without_end(server: ServerProcess, start: bytes, piece: bytes) -> None:
    status, code, memory = exchanged(server, POST + start, flood(piece))
    assert (status, code) == (400, "IncompleteBody")
    assert memory < MEMORY
