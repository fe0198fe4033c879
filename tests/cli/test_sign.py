from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.cli.command import Run
from tests.server_process import TEST_KEY


@pytest.fixture
def bucket(run: Run) -> str:
    run("bucket", "create", "signed")
    run("cp", "-", "oss://signed/a b/é.txt", stdin=b"hello")
    return "signed"


def test_a_url_that_reads(run: Run, bucket: str) -> None:
    url = run("sign", f"oss://{bucket}/a b/é.txt").out.strip()
    assert httpx.get(url).text == "hello"
    assert httpx.put(url, content=b"x").status_code == 403
    assert httpx.get(url.replace("%20", "_")).status_code == 403


def test_headers_of_the_answer(run: Run, bucket: str) -> None:
    wished = ["content-type=text/csv", "response-content-disposition=attachment; filename=a.csv"]
    options = [part for text in wished for part in ("--response", text)]
    answer = httpx.get(run("sign", f"oss://{bucket}/a b/é.txt", *options).out.strip())
    assert answer.headers["content-type"] == "text/csv"
    assert answer.headers["content-disposition"] == "attachment; filename=a.csv"


def test_a_url_that_writes(run: Run, bucket: str) -> None:
    done = run("sign", f"oss://{bucket}/new", "--method", "put", "--content-type", "image/png")
    assert done.err == "Send with it: Content-Type: image/png\n"
    url = done.out.strip()
    assert httpx.put(url, content=b"x", headers={"Content-Type": "text/html"}).status_code == 403
    assert httpx.put(url, content=b"x", headers={"Content-Type": "image/png"}).status_code == 200
    assert "image/png" in run("stat", f"oss://{bucket}/new").out


def test_v4(run: Run, bucket: str) -> None:
    address = f"oss://{bucket}/a b/é.txt"
    url = run("sign", address, "--region", "cn-hangzhou").out.strip()
    assert "x-oss-signature-version=OSS4-HMAC-SHA256" in url
    assert httpx.get(url).text == "hello"
    assert httpx.put(url, content=b"x").status_code == 403
    option = ["--response", "content-type=text/csv"]
    answer = httpx.get(run("sign", address, *option, PILLARBOX_REGION="cn-hangzhou").out.strip())
    assert answer.headers["content-type"] == "text/csv"
    options = ["--region", "cn-hangzhou", "--method", "PUT", "--content-type", "image/png"]
    url = run("sign", f"oss://{bucket}/v4", *options).out.strip()
    assert httpx.put(url, content=b"x", headers={"Content-Type": "text/html"}).status_code == 403
    assert httpx.put(url, content=b"x", headers={"Content-Type": "image/png"}).status_code == 200
    old = run("sign", address, "--region", "cn-hangzhou", "--signature", "v1").out
    assert "OSSAccessKeyId=" in old


def test_json_and_the_expiry(run: Run, bucket: str) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    told = json.loads(run("sign", f"oss://{bucket}/a", "--expires", "2h", "--json").out)
    assert list(told) == ["url", "method", "expires", "headers"]
    assert (told["method"], told["headers"]) == ("GET", {})
    left = datetime.fromisoformat(told["expires"]) - before
    assert timedelta(hours=2) <= left < timedelta(hours=3)


def test_nothing_is_sent(command: Run) -> None:
    done = command(
        "sign",
        "oss://photos/a",
        "--endpoint",
        "https://oss.example",
        "--id",
        "LTAI",
        "--token",
        "CAIS==",
        PILLARBOX_ACCESS_KEY_SECRET="hush-hush",
    )
    assert done.out.startswith("https://photos.oss.example/a?security-token=CAIS%3D%3D&OSSAccess")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["oss://photos"], "names a bucket and no object"),
        (["oss://photos//a"], "can't be an object"),
        (["photo.jpg"], "is no address in a store"),
        (["oss://photos/a", "--method", "DELETE"], "give GET or PUT"),
        (["oss://photos/a", "--expires", "soon"], "is no span of time"),
        (["oss://photos/a", "--expires", "0s"], "good for no time"),
        (["oss://photos/a", "--content-type", "a/b"], "--content-type is for uploads"),
        (["oss://photos/a", "--response", "etag=x"], "write HEADER=VALUE with one of cache-"),
        (["oss://photos/a", "--response", "expires=a\nb"], "control character"),
        (["oss://photos/a", "--method", "PUT", "--response", "expires=x"], "is for reading"),
        (["oss://photos/k?acl"], "ends like a sub-resource"),
        (["oss://photos/a", "--signature", "v2"], "give v1 or v4"),
        (["oss://photos/a", "--signature", "v4"], "needs a region"),
        (["oss://photos/a", "--region", "oss cn"], "the region 'oss cn' is none"),
        (["oss://photos/a", "--region", "cn-a", "--expires", "8d"], "can't be good for 691200"),
    ],
)
def test_what_can_not_be_signed(run: Run, arguments: list[str], message: str) -> None:
    refused = run("sign", *arguments)
    assert (refused.status, refused.out) == (2, "")
    assert len(refused.err.splitlines()) == 1
    assert message in refused.err


def test_the_secret_stays_here(run: Run, bucket: str) -> None:
    done = run("sign", f"oss://{bucket}/a", "--json")
    assert TEST_KEY.secret not in done.out
