"""The root AccessKey of `pillarbox serve`: shown once, replaced when lost."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from tests.cli.here import CommandLine
from tests.conftest import StartServer
from tests.server_process import TEST_KEY, ServerProcess
from tests.wire import signatures
from tests.wire.raw_http import request


def list_status(server: ServerProcess, key_id: str, secret: str) -> int:
    """What becomes of a request that is signed so."""
    signed = signatures.authorization(key_id, secret, "GET", "/")
    return request(server.port, b"GET", b"/", signed).status


def test_a_generated_key_is_shown_once_and_can_be_replaced(start_server: StartServer) -> None:
    first = start_server(access_key=None)
    first.wait_for_output("pillarbox form")
    found = re.search(r"AccessKey  (PB\w+)\n  secret     (\w{40})\n", first.output)
    assert found is not None
    key_id, secret = found.groups()
    command = f"pillarbox key root --new --data {first.data_dir}"
    assert command in first.output
    assert list_status(first, key_id, secret) == 200
    assert not [
        path
        for path in first.data_dir.rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]

    # It was lost: what the banner says makes another, beside the running server.
    made = json.loads(CommandLine(first.data_dir).done("key", "root", "--new", "--json"))
    assert (made["id"], made["user"]) == (key_id, None)
    assert list_status(first, key_id, secret) == 403
    assert list_status(first, key_id, made["secret"]) == 200
    first.stop()

    # The next start goes on with it and shows nothing.
    second = start_server(access_key=None, data_dir=first.data_dir)
    second.wait_for_output("pillarbox form")
    assert key_id in second.output
    assert command not in second.output
    assert list_status(second, key_id, made["secret"]) == 200
    second.stop()
    for shown in (secret, made["secret"]):
        assert shown not in second.output + second.notices + first.notices


def test_the_environment_s_key_comes_back_at_the_next_start(start_server: StartServer) -> None:
    first = start_server()
    kept = first.data_dir / "root-access-key.json"
    made = json.loads(CommandLine(first.data_dir).done("key", "root", "--new", "--json"))
    assert list_status(first, TEST_KEY.id, TEST_KEY.secret) == 403
    assert list_status(first, TEST_KEY.id, made["secret"]) == 200
    first.stop()
    # As an earlier version left it, with a key that is still in force.
    kept.write_text("{}")
    same = replace(TEST_KEY, secret=made["secret"])
    second = start_server(access_key=same, data_dir=first.data_dir)
    second.wait_for_notice("holds the secret of the root AccessKey open")
    assert second.notices == (
        f"pillarbox: {kept} holds the secret of the root AccessKey open: nothing reads it any "
        "more; keep what it says elsewhere and delete it\n"
    )
    second.stop()
    third = start_server(data_dir=first.data_dir)
    assert list_status(third, TEST_KEY.id, TEST_KEY.secret) == 200
    assert list_status(third, TEST_KEY.id, made["secret"]) == 403
    assert not kept.exists()
    assert third.notices == ""


def test_as_json_a_generated_key_is_told_without_its_secret(start_server: StartServer) -> None:
    first = start_server("--log-format", "json", access_key=None)
    (start,) = [json.loads(line) for line in first.notices.splitlines()]
    assert start["access_key_hint"].startswith("the root AccessKey was made just now")
    assert f"pillarbox key root --new --data {first.data_dir}" in start["access_key_hint"]
    assert first.output == ""
    assert not re.search(r"\b\w{40}\b", first.notices)
    made = json.loads(CommandLine(first.data_dir).done("key", "root", "--new", "--json"))
    assert made["id"] == start["access_key_id"]
    assert list_status(first, made["id"], made["secret"]) == 200
    first.stop()
    second = start_server("--log-format", "json", access_key=None, data_dir=first.data_dir)
    (start,) = [json.loads(line) for line in second.notices.splitlines()]
    assert start["access_key_id"] == made["id"]
    assert "access_key_hint" not in start
