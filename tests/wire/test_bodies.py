"""The table of bodies over real sockets: whole and in small writes, with length and chunked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bodies.cases import CASES, Case
from tests.bodies.reading import Accepted
from tests.server_process import ServerProcess
from tests.wire.raw_http import RawAnswer, chunked, exchange, head, pieces_of, request

BUCKET = b"/bodies"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a server with a bucket that anybody may write and list."""
    server = ServerProcess(
        tmp_path_factory.mktemp("bodies"),
        ["--init-bucket", "bodies:public-read-write", "--anonymous-list"],
    )
    try:
        yield server.port
        server.stop()
    finally:
        server.end()


each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_whole_with_length(port: int, case: Case) -> None:
    check(port, case, exchange(port, announced(case), case.body))


@each_case
def test_small_writes_with_length(port: int, case: Case) -> None:
    check(port, case, exchange(port, announced(case), *small(case)))


@each_case
def test_whole_chunked(port: int, case: Case) -> None:
    pieces = [case.body] if case.body else []
    check(port, case, exchange(port, streamed(case), *chunked(pieces)))


@each_case
def test_small_chunks(port: int, case: Case) -> None:
    check(port, case, exchange(port, streamed(case), *chunked(small(case))))


def announced(case: Case) -> bytes:
    return head(b"POST", BUCKET, [*typed(case), (b"Content-Length", b"%d" % len(case.body))])


def streamed(case: Case) -> bytes:
    return head(b"POST", BUCKET, [*typed(case), (b"Transfer-Encoding", b"chunked")])


def typed(case: Case) -> list[tuple[bytes, bytes]]:
    return [] if case.content_type is None else [(b"Content-Type", case.content_type)]


def small(case: Case) -> list[bytes]:
    """Single bytes for a small form, pieces that end anywhere for a large one."""
    return pieces_of(case.body, 1 if len(case.body) < 1000 else 65_521)


def check(port: int, case: Case, answer: RawAnswer) -> None:
    listed = request(port, b"GET", BUCKET).body
    if not isinstance(case.verdict, Accepted):
        error = answer.error
        found = (answer.status, error["Code"], error.get("EC"))
        assert found == (case.verdict.status, case.verdict.code, case.verdict.ec), case.reason
        assert answer.header("x-oss-request-id") == error["RequestId"]
        assert b"<Key>" not in listed
        return
    target = BUCKET + b"/" + b"".join(b"%%%02X" % byte for byte in case.verdict.key)
    stored = request(port, b"GET", target)
    request(port, b"DELETE", target)
    assert answer.status == 204, answer.body
    assert (stored.status, stored.body) == (200, case.verdict.content), case.reason
    assert listed.count(b"<Key>") == 1
