"""The forms of `recorded/`, as real clients sent them, sent to a real server."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest

from pillarbox.model.objects import AccessKey
from pillarbox.signing.url_v1 import signed_query
from tests.clients.record.forms import BUCKET, CREDENTIALS, V4_DATE
from tests.server_process import ServerProcess

RECORDED = Path(__file__).parent / "recorded"
INDEX: dict[str, dict[str, Any]] = json.loads((RECORDED / "index.json").read_text("utf-8"))
KEY = AccessKey(CREDENTIALS.access_key_id, CREDENTIALS.access_key_secret, account_id="")

V1 = [name for name, entry in INDEX.items() if entry["signature"] == "v1"]
V4 = [name for name, entry in INDEX.items() if entry["signature"] == "v4"]
Serve = Callable[[datetime | None], ServerProcess]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def text(self, element: str) -> str | None:
        return ElementTree.fromstring(self.body).findtext(element)


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """One server for each moment that is asked for, with the bucket of the recordings."""
    servers: dict[datetime | None, ServerProcess] = {}

    def start(moment: datetime | None) -> ServerProcess:
        if moment not in servers:
            data = tmp_path_factory.mktemp("server")
            options = ["--init-bucket", f"{BUCKET}:private"]
            command = None
            if moment is not None:
                program = str(Path(__file__).with_name("serve_at.py"))
                usual = ["serve", "--data", str(data), "--listen", "127.0.0.1:0", *options]
                command = [program, moment.isoformat(), *usual]
            servers[moment] = ServerProcess(data, options, access_key=KEY, command=command)
        return servers[moment]

    try:
        yield start
        for server in servers.values():
            server.stop()
    finally:
        for server in servers.values():
            server.end()


def replay(server: ServerProcess, name: str) -> Answer:
    """Send the recorded bytes as they are."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall((RECORDED / name).read_bytes())
        response = HTTPResponse(connection, method="POST")
        response.begin()
        return Answer(response.status, dict(response.getheaders()), response.read())


def stored(server: ServerProcess, key: str, now: datetime) -> httpx.Response:
    """Read an object back by a signed URL."""
    query = signed_query("GET", BUCKET, key, now + timedelta(hours=1), KEY.id, KEY.secret)
    return httpx.get(f"{server.base_url}/{BUCKET}/{quote(key)}?{query}")


def assert_taken(server: ServerProcess, name: str, now: datetime) -> None:
    entry = INDEX[name]
    assert stored(server, entry["key"], now).status_code == 404
    answer = replay(server, name)
    assert answer.status == entry["status"], answer.body
    if answer.status == 201:
        assert answer.text("Key") == entry["key"]
    found = stored(server, entry["key"], now)
    assert found.status_code == 200
    assert found.content == base64.b64decode(entry["content_base64"])


@pytest.mark.parametrize("name", [name for name in V1 if "key" in INDEX[name]])
def test_a_form_of_a_real_client_is_taken(name: str, serve: Serve) -> None:
    assert_taken(serve(None), name, datetime.now(UTC))


@pytest.mark.parametrize("name", V4)
def test_a_v4_form_is_taken_at_its_time(name: str, serve: Serve) -> None:
    assert_taken(serve(V4_DATE), name, V4_DATE)


@pytest.mark.parametrize("name", V4)
def test_a_v4_form_is_refused_a_week_later(name: str, serve: Serve) -> None:
    now = V4_DATE + timedelta(days=7, seconds=1)
    server = serve(now)
    answer = replay(server, name)
    assert (answer.status, answer.text("Code")) == (400, "InvalidArgument")
    assert answer.text("EC") == "0002-00000709"
    assert stored(server, INDEX[name]["key"], now).status_code == 404


@pytest.mark.parametrize("name", [name for name in INDEX if "code" in INDEX[name]])
def test_a_form_that_cannot_be_taken_is_refused(name: str, serve: Serve) -> None:
    answer = replay(serve(None), name)
    entry = INDEX[name]
    assert (answer.status, answer.text("Code")) == (entry["status"], entry["code"])


def test_every_recording_is_listed() -> None:
    assert sorted(INDEX) == sorted(path.name for path in RECORDED.glob("*.http"))
    assert len(INDEX) >= 17


@pytest.mark.parametrize("name", INDEX)
def test_a_recording_names_no_secret(name: str) -> None:
    assert CREDENTIALS.access_key_secret.encode() not in (RECORDED / name).read_bytes()
