"""Signed URLs in the hands of programs that know nothing of OSS: requests and curl."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import oss2
import pytest
import requests

from tests.server_process import PATIENCE, ServerProcess

KEY = "dir/a b+%ü.txt"


def curl(*arguments: str) -> tuple[int, str]:
    """Status and body of one request."""
    done = subprocess.run(
        ["curl", "-sS", "-w", "\n%{http_code}", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


@needs_curl
@pytest.mark.parametrize("slash_safe", [False, True])
def test_curl_puts_reads_and_deletes(bucket: oss2.Bucket, tmp_path: Path, slash_safe: bool) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"from curl")

    put = bucket.sign_url(
        "PUT", KEY, 60, headers={"Content-Type": "text/plain"}, slash_safe=slash_safe
    )
    assert curl("-T", str(file), "-H", "Content-Type: text/plain", put) == (200, "")
    got = bucket.sign_url("GET", KEY, 60, slash_safe=slash_safe)
    assert curl(got) == (200, "from curl")
    assert curl("-r", "5-8", got) == (206, "curl")
    assert curl("-I", bucket.sign_url("HEAD", KEY, 60))[0] == 200
    assert curl("-X", "DELETE", bucket.sign_url("DELETE", KEY, 60)) == (204, "")
    assert curl(got)[0] == 404


@needs_curl
def test_curl_by_the_bucket_s_own_host(module_server: ServerProcess, bucket: oss2.Bucket) -> None:
    """curl takes every name under `localhost` for this machine."""
    bucket.put_bucket_acl("public-read")
    bucket.put_object("a//b c", b"x")
    port, name = module_server.port, bucket.bucket_name
    assert curl(f"http://{name}.localhost:{port}/a//b%20c", "--ipv4") == (200, "x")
    assert curl(f"http://{name}.localhost:{port}/a/b%20c", "--ipv4")[0] == 404
    status, body = curl(f"http://{name.upper()}.LOCALHOST:{port}/a//b%20c", "--ipv4")
    assert (status, body) == (200, "x")


def test_a_url_is_good_for_one_verb_one_key_and_its_headers(bucket: oss2.Bucket) -> None:
    bucket.put_object(KEY, b"old")
    got = bucket.sign_url("GET", KEY, 60)
    put = bucket.sign_url("PUT", KEY, 60, headers={"x-oss-meta-a": "1"})

    assert requests.get(got).content == b"old"
    for answer in (
        requests.put(got, b"new"),
        requests.delete(got),
        requests.head(got),
        requests.get(got.replace("dir", "other")),
        requests.get(got, headers={"x-oss-meta-a": "1"}),
        requests.put(put, b"new"),
        requests.put(put, b"new", headers={"x-oss-meta-a": "2"}),
        requests.put(put, b"new", headers={"x-oss-meta-a": "1", "Content-Type": "text/html"}),
        requests.get(got + "&acl"),
        requests.get(got + "&response-content-type=text/html"),
    ):
        assert answer.status_code == 403, answer.url
    assert requests.get(got + "&unsigned=1").content == b"old"
    assert bucket.get_object(KEY).read() == b"old"
    assert requests.put(put, b"new", headers={"x-oss-meta-a": "1"}).status_code == 200
    assert bucket.get_object(KEY).read() == b"new"


def test_a_url_expires(bucket: oss2.Bucket) -> None:
    bucket.put_object(KEY, b"x")
    expired = bucket.sign_url("GET", KEY, -1)
    assert int(parse_qs(urlsplit(expired).query)["Expires"][0]) < time.time()
    answer = requests.get(expired)
    assert answer.status_code == 403
    assert "<Message>Request has expired.</Message>" in answer.text
    assert requests.head(expired).headers["x-oss-err"]


def test_headers_of_the_answer_by_a_url(bucket: oss2.Bucket) -> None:
    bucket.put_object("page", b"<script>", headers={"Content-Type": "text/plain"})
    wanted = {
        "response-content-type": "text/csv",
        "response-content-language": "de",
        "response-expires": "Tue, 01 Jan 2030 00:00:00 GMT",
        "response-cache-control": "no-store",
        "response-content-disposition": 'inline; filename="ü.csv"',
        "response-content-encoding": "identity",
    }
    answer = requests.get(bucket.sign_url("GET", "page", 60, params=dict(wanted)))
    for name, value in wanted.items():
        told = answer.headers[name.removeprefix("response-")]
        assert told.encode("latin-1").decode() == value
    active = requests.get(
        bucket.sign_url(
            "GET",
            "page",
            60,
            params={
                "response-content-type": "text/html",
                "response-content-disposition": 'inline; filename="page.html"',
            },
        )
    )
    assert active.headers["Content-Disposition"] == 'attachment; filename="page.html"'
    assert active.headers["Content-Security-Policy"].startswith("sandbox")
    broken = requests.get(
        bucket.sign_url("GET", "page", 60, params={"response-cache-control": "a\r\nX-Evil: 1"})
    )
    assert broken.status_code == 400
    assert "X-Evil" not in broken.headers


def test_headers_of_the_answer_need_a_signature(
    module_server: ServerProcess, bucket: oss2.Bucket
) -> None:
    bucket.put_object("a", b"x", headers={"x-oss-object-acl": "public-read"})
    url = f"{module_server.base_url}/{bucket.bucket_name}/a"
    assert requests.get(url).content == b"x"
    answer = requests.get(f"{url}?response-content-type=text/html")
    assert (answer.status_code, "<Code>InvalidRequest</Code>" in answer.text) == (400, True)
