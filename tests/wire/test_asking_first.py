"""Bodies that are asked for first, and refusals that spare them; many answers on one connection."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.wire.raw_http import Connection, Headers, chunked, head
from tests.wire.rest import Caller
from tests.wire.store_client import FORM_TYPE, form
from tests.wire.test_body_framing import CHUNKED, Taking, bucket, caller, each

__all__ = ["bucket", "caller"]


class TestAskingFirst:
    """`Expect: 100-continue` (RFC 9110 section 10.1.1)."""

    EXPECT = (b"Expect", b"100-continue")

    @each
    @pytest.mark.parametrize("framing", ["length", "chunked"])
    def test_the_body_is_asked_for(
        self, caller: Caller, bucket: str, taking: Taking, framing: str
    ) -> None:
        length = (b"Content-Length", b"%d" % len(taking.body))
        frame = CHUNKED if framing == "chunked" else length
        with Connection(caller.port) as connection:
            connection.send(taking.head(caller, bucket, frame, self.EXPECT))
            assert connection.answer().status == 100
            pieces = chunked([taking.body]) if framing == "chunked" else [taking.body]
            connection.send(*pieces)
            assert connection.answer().status in (200, 204)
        assert taking.is_done(caller, bucket)

    @pytest.mark.parametrize(
        ("method", "path", "headers", "status", "code"),
        [
            ("PUT", "/new", {"Content-Length": "1000"}, 403, "AccessDenied"),
            ("PUT", "/new", {"Transfer-Encoding": "chunked"}, 403, "AccessDenied"),
            ("PUT", "?cors", {"Content-Length": "1000"}, 403, "AccessDenied"),
            ("POST", "", {"Content-Length": "1000"}, 400, "RequestIsNotMultiPartContent"),
            (
                "POST",
                "",
                {"Content-Length": str(6 * 2**30), "Content-Type": FORM_TYPE.decode()},
                400,
                "EntityTooLarge",
            ),
            ("PUT", "?website", {"Content-Length": "1000"}, 501, "NotImplemented"),
        ],
    )
    def test_a_refusal_spares_the_body(
        self,
        caller: Caller,
        method: str,
        path: str,
        headers: dict[str, str],
        status: int,
        code: str,
    ) -> None:
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        target = f"/{caller.bucket()}{path}".encode()
        with Connection(caller.port) as connection:
            connection.send(head(method.encode(), target, [*sent, self.EXPECT]))
            answer = connection.answer()
        assert (answer.status, answer.error["Code"]) == (status, code)
        assert answer.header("connection") == "close"

    def test_who_does_not_wait_gets_the_answer_too(self, caller: Caller) -> None:
        body = [b"x" * 2**20] * 32
        length = (b"Content-Length", b"%d" % (len(body) << 20))
        target = f"/{caller.bucket()}/new".encode()
        with Connection(caller.port) as connection:
            assert connection.send(head(b"PUT", target, [length, self.EXPECT]), *body)
            assert connection.answer().status == 403
            assert connection.is_closed()


def test_curl_keeps_a_large_file_that_is_refused(caller: Caller, tmp_path: Path) -> None:
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed (make services)")
    (tmp_path / "large").write_bytes(bytes(4 * 2**20))
    url = f"{caller.server.base_url}/{caller.bucket()}/new"
    command = [program, "-sS", "-T", "large", "-w", "\n%{http_code} %{size_upload}", url]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "403 0", done.stderr
    assert "<Code>AccessDenied</Code>" in done.stdout


def test_all_kinds_of_answers_in_a_row_on_one_connection(caller: Caller, bucket: str) -> None:
    """Each ends where it says: what follows is read as the next answer."""
    body, posted = (b"Content-Length", b"4"), form({"key": "form"})
    typed = [(b"Content-Length", b"%d" % len(posted)), (b"Content-Type", FORM_TYPE)]
    wrong_md5 = (b"Content-MD5", b"1B2M2Y8AsgTpgAmY7PhCfg==")
    asked: list[tuple[bytes, bytes, Headers, bytes, int]] = [
        (b"PUT", b"/b", [body], b"body", 200),
        (b"GET", b"/b", [], b"", 200),
        (b"GET", b"/b", [(b"Range", b"bytes=1-2")], b"", 206),
        (b"GET", b"/b", [(b"If-None-Match", b"841A2D689AD86BD1611447453C22C6FC")], b"", 304),
        (b"GET", b"/absent", [], b"", 404),
        (b"HEAD", b"/absent", [], b"", 404),
        (b"PUT", b"/b", [body, wrong_md5], b"body", 400),
        (b"HEAD", b"/b", [], b"", 200),
        (b"POST", b"", typed, posted, 204),
        (b"BREW", b"/b", [], b"", 405),
        (b"OPTIONS", b"/b", [(b"Origin", b"https://a.example")], b"", 400),
        (b"GET", b"", [], b"", 403),
        (b"DELETE", b"/b", [], b"", 204),
        (b"PUT", b"/b", [(b"Content-Length", b"0")], b"", 200),
    ]
    with Connection(caller.port) as connection:
        for method, path, headers, sent, status in asked * 3:
            connection.send(head(method, f"/{bucket}".encode() + path, headers) + sent)
            answer = connection.answer(to_head=method == b"HEAD")
            assert (method, path, answer.status) == (method, path, status)
            assert answer.header("connection") != "close"
