"""What an operator decides at the start: strict buckets, keys that begin with a slash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


def test_what_holds_from_start_to_start(start_server: Start) -> None:
    """Three starts of one directory: strict buckets, and keys with a leading slash."""
    buckets = ["--init-bucket=lax:private", "--init-bucket=open:public-read-write"]
    first = [*buckets, "--init-bucket=site:private", "--init-bucket=strict:private:strict"]
    server = start_server(*first)
    check_neighbours(server)
    assert post(server, "site", form(server, "site", "a", EXTRA)).status_code == 204
    for key in LEADING_SLASH:
        refused = post(server, "open", {"key": key})
        assert refused.status_code == 400
        assert "<Code>InvalidObjectName</Code>" in refused.text
    server.stop()

    second = [*buckets, "--init-bucket=site:private:strict", "--leading-slash-keys"]
    server = start_server(*second, data_dir=server.data_dir)
    check_neighbours(server)
    assert post(server, "site", form(server, "site", "b", EXTRA)).status_code == 403
    for key in LEADING_SLASH:
        assert post(server, "open", {"key": key}).status_code == 204
        raw = key.replace("\\", "%5C").replace("/", "%2F")
        assert httpx.get(f"{server.base_url}/open/{raw}").content == b"text"
    server.stop()

    server = start_server(*buckets, "--init-bucket=site:private", data_dir=server.data_dir)
    assert post(server, "site", form(server, "site", "c", EXTRA)).status_code == 403


LEADING_SLASH = ("/user/a.txt", "\\user\\a.txt")


def check_neighbours(server: ServerProcess) -> None:
    """One bucket is strict and the other is not."""
    assert post(server, "lax", form(server, "lax", "a", EXTRA)).status_code == 204
    assert post(server, "strict", form(server, "strict", "a", {})).status_code == 204
    refused = post(server, "strict", form(server, "strict", "b", EXTRA))
    assert refused.status_code == 403
    assert "Extra input fields: x-oss-object-acl" in refused.text


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://www.example.com/thanks?a=b", True),
        ("https://WWW.Example.com:8443/", True),
        ("http://localhost:8000/", True),
        ("http://localhost/", False),
        ("https://www.example.com.evil.example/", False),
        ("https://example.com/", False),
        ("https://www.example.com@evil.example/", False),
        ("https://evil.example\\@www.example.com/", False),
        ("https://www.example.com:99999/", False),
        ("//evil.example/", None),
        ("javascript:alert(1)", None),
        ("ftp://evil.example/", None),
    ],
)
def test_redirects_go_where_the_operator_allows(
    redirecting: ServerProcess, url: str, is_allowed: bool | None
) -> None:
    """What is no absolute http or https URL is ignored, as it is without an allow-list."""
    fields = {"key": "a", "success_action_redirect": url}
    given = post(redirecting, "open", fields)
    assert given.status_code == {True: 303, False: 400, None: 204}[is_allowed]
    if is_allowed is False:
        assert "<ArgumentName>success_action_redirect</ArgumentName>" in given.text


@pytest.fixture(scope="module")
def redirecting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    options = ["--init-bucket=open:public-read-write", "--redirect-allow=WWW.example.com"]
    options.append("--redirect-allow=localhost:8000")
    server = ServerProcess(tmp_path_factory.mktemp("redirecting"), options)
    try:
        yield server
        server.stop()
    finally:
        server.end()
