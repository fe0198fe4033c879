"""What an operator decides at the start: strict buckets, keys that begin with a slash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pillarbox.policy import encode_policy, write_policy
from pillarbox.signing import post_v1
from tests.server_process import ServerProcess

Start = Callable[..., ServerProcess]

EXTRA = {"x-oss-object-acl": "public-read-write"}


def form(server: ServerProcess, bucket: str, key: str, extra: dict[str, str]) -> dict[str, str]:
    """The fields of a signed form whose policy names the bucket and the key alone."""
    expires = datetime.now(UTC) + timedelta(minutes=5)
    policy = encode_policy(write_policy(expires, [{"bucket": bucket}, {"key": key}]))
    return {
        "key": key,
        **extra,
        "OSSAccessKeyId": server.access_key.id,
        "policy": policy,
        "Signature": post_v1.sign(server.access_key.secret, policy.encode()),
    }


def post(server: ServerProcess, bucket: str, fields: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{server.base_url}/{bucket}", data=fields, files={"file": b"text"})


def test_one_bucket_is_strict_and_its_neighbour_is_not(start_server: Start) -> None:
    server = start_server("--init-bucket", "lax:private", "--init-bucket", "strict:private:strict")
    assert post(server, "lax", form(server, "lax", "a", EXTRA)).status_code == 204
    assert post(server, "strict", form(server, "strict", "a", {})).status_code == 204
    refused = post(server, "strict", form(server, "strict", "b", EXTRA))
    assert refused.status_code == 403
    assert "Extra input fields: x-oss-object-acl" in refused.text


def test_a_bucket_that_stands_becomes_strict_and_stays_so(start_server: Start) -> None:
    server = start_server("--init-bucket", "site:private")
    assert post(server, "site", form(server, "site", "a", EXTRA)).status_code == 204
    server.stop()
    for option in ("site:private:strict", "site:private"):
        server = start_server("--init-bucket", option, data_dir=server.data_dir)
        assert post(server, "site", form(server, "site", "b", EXTRA)).status_code == 403
        server.stop()


@pytest.mark.parametrize("key", ["/user/a.txt", "\\user\\a.txt"])
def test_keys_with_a_leading_slash_are_the_operators_choice(start_server: Start, key: str) -> None:
    server = start_server("--init-bucket", "site:public-read-write")
    refused = post(server, "site", {"key": key})
    assert (refused.status_code, "<Code>InvalidObjectName</Code>" in refused.text) == (400, True)
    server.stop()
    options = ("--init-bucket", "site:public-read-write", "--leading-slash-keys")
    server = start_server(*options, data_dir=server.data_dir)
    assert post(server, "site", {"key": key}).status_code == 204
    raw = key.replace("\\", "%5C").replace("/", "%2F")
    assert httpx.get(f"{server.base_url}/site/{raw}").content == b"text"
