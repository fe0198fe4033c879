"""One line a request, of a real server, without a secret."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import StartServer
from tests.server_process import TEST_KEY, wait_until
from tests.wire.rest import Caller, now
from tests.wire.test_rest_signatures import query_of, url_parameters


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_access_log_tells_all_but_secrets(start_server: StartServer, log_format: str) -> None:
    server = start_server("--log-format", log_format)
    caller = Caller(server)
    name = caller.bucket()
    caller.put(name, "a b\n", b"hello")
    read = caller.signed("GET", f"/{name}/a b\n")
    query = query_of(url_parameters("GET", f"/{name}/a", "1"))
    expired = caller.plain("GET", f"/{name}/a?{query}&security=hidden")
    wrong = caller.plain(
        "GET",
        f"/{name}/a",
        [(b"Date", now()), (b"Authorization", b"OSS testkeyid:" + b"d3Jvbmc=")],
    )
    ids = [answer.header("x-oss-request-id") or "" for answer in (read, expired, wrong)]
    wait_until(lambda: all(i in server.output for i in ids), "the lines of the log")

    logged = server.output + server.notices
    signature = url_parameters("GET", f"/{name}/a", "1")["Signature"]
    for secret in (TEST_KEY.secret, signature, quote(signature), "d3Jvbmc=", "hidden", "Expires="):
        assert secret not in logged
    lines = {i: next(line for line in server.output.splitlines() if i in line) for i in ids}
    if log_format == "text":
        for part in (TEST_KEY.id, "GetObject", f'"{name}"', '"a b\\n"', " 200 ", "out=5", "ms"):
            assert part in lines[ids[0]]
        assert " 403 AccessDenied " in lines[ids[1]]
        return
    first: dict[str, Any] = json.loads(lines[ids[0]])
    assert first["access_key_id"] == TEST_KEY.id
    assert (first["operation"], first["bucket"], first["key"]) == ("GetObject", name, "a b\n")
    assert (first["status"], first["bytes_in"], first["bytes_out"]) == (200, 0, 5)
    assert first["remote"] == "127.0.0.1"
    second = json.loads(lines[ids[2]])
    assert (second["status"], second["code"], second["ec"]) == (
        403,
        "SignatureDoesNotMatch",
        "0002-00000201",
    )
    assert second["access_key_id"] == TEST_KEY.id
