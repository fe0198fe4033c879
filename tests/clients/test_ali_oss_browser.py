"""ali-oss as browsers load it, `dist/aliyun-oss-sdk.js`, on a page of another origin."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import oss2
import pytest
from oss2.models import BucketCors, CorsRule
from playwright.sync_api import Browser, Page

from tests.clients.ali_oss import PACKAGE
from tests.clients.conftest import CHROMIUM
from tests.server_process import PATIENCE, ServerProcess

SCRIPT = PACKAGE / "dist" / "aliyun-oss-sdk.min.js"
PART = 102_400
CONTENT = os.urandom(PART * 5 + 321)

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists() or not SCRIPT.exists(),
    reason="needs Chromium and the npm packages: run make services",
)

#: Makes the client, calls one of its methods and tells what came of it.
CALL = """
async ({options, method, args}) => {
  const decoded = (value) => {
    if (typeof value !== "object" || value === null) return value;
    if (value.base64 === undefined) return value;
    const bytes = Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0));
    return new File([bytes], "file", {type: "image/png"});
  };
  const [first, ...rest] = args.map(decoded);
  const given = [first, ...rest];
  const last = given.at(-1);
  if (last?.checkpoint) last.checkpoint.file = given[1];
  if (last?.stopAfter) {
    const {stopAfter} = last;
    last.progress = async (share, checkpoint) => {
      if (share < stopAfter) return;
      await window.keep(JSON.stringify(checkpoint));
      await new Promise(() => {});
    };
  }
  try {
    const value = await new OSS(options)[method](...given);
    if (typeof value === "string") return value;
    const told = {status: value.res?.status, headers: value.res?.headers};
    if (value.objects) told.keys = value.objects.map((entry) => entry.name);
    if (value.content) told.text = new TextDecoder().decode(value.content);
    return told;
  } catch ({name, code, status, requestId}) {
    return {name, code, status, requestId};
  }
}
"""


class BrowserClient:
    """ali-oss on a page: each call makes a client of its own there."""

    def __init__(self, page: Page, options: dict[str, Any]) -> None:
        self.page = page
        self.options = options

    def __call__(self, method: str, *args: Any, **changed: Any) -> Any:
        """What the method returned or raised; bytes are given as a file."""
        options = {**self.options, **changed}
        return self.page.evaluate(CALL, {"options": options, "method": method, "args": args})


def as_file(content: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(content).decode("ascii")}


@pytest.fixture(params=[False, True], ids=["v1", "v4"])
def options(
    request: pytest.FixtureRequest, module_server: ServerProcess, bucket: oss2.Bucket, site: str
) -> dict[str, Any]:
    """Of the client, for a bucket whose CORS rules are those that ali-oss's README asks for."""
    everything = CorsRule(
        allowed_origins=[site],
        allowed_methods=["GET", "PUT", "DELETE", "POST", "HEAD"],
        allowed_headers=["*"],
        expose_headers=["ETag", "x-oss-request-id", "x-oss-hash-crc64ecma"],
    )
    bucket.put_bucket_cors(BucketCors([everything]))
    return {
        "accessKeyId": module_server.access_key.id,
        "accessKeySecret": module_server.access_key.secret,
        "bucket": bucket.bucket_name,
        "endpoint": f"http://localhost:{module_server.port}",
        "sldEnable": True,
        "region": "oss-cn-hangzhou",
        "authorizationV4": request.param,
    }


@pytest.fixture
def page(browser: Browser, site: str, tmp_path: Path) -> Iterator[Page]:
    """An empty page of the site with the script."""
    folder = tmp_path / "site"
    shutil.copy(SCRIPT, folder / "oss.js")
    (folder / "page.html").write_text("<!doctype html><script src=oss.js></script>", "utf-8")
    opened = browser.new_page()
    try:
        opened.goto(f"{site}/page.html")
        yield opened
    finally:
        opened.close()


@pytest.fixture
def client(page: Page, options: dict[str, Any]) -> BrowserClient:
    return BrowserClient(page, options)


def test_puts_reads_lists_and_deletes(client: BrowserClient, bucket: oss2.Bucket) -> None:
    key = "目录/a b+%é.txt"
    assert client("put", key, as_file(b"text"))["status"] == 200
    assert bucket.get_object(key).headers["Content-Type"] == "text/plain"
    assert client("get", key)["text"] == "text"
    assert client("head", key)["status"] == 200
    assert client("list", {"prefix": "目录/"})["keys"] == [key]
    assert client("listV2", {"max-keys": "5"})["keys"] == [key]
    assert client("copy", "copy", key)["status"] == 200
    assert client("deleteMulti", [key, "none"])["status"] == 200
    assert client("delete", "copy")["status"] == 204
    assert client("list", {})["status"] == 200
    assert not list(oss2.ObjectIterator(bucket))


def test_a_large_file_goes_in_parts(client: BrowserClient, bucket: oss2.Bucket) -> None:
    sending = {"partSize": PART, "parallel": 3}
    done = client("multipartUpload", "big", as_file(CONTENT), sending)
    assert done["status"] == 200
    read = bucket.get_object("big")
    assert (read.read(), read.object_type, read.etag[-2:]) == (CONTENT, "Multipart", "-6")


def test_an_upload_goes_on_after_its_page_was_closed(
    client: BrowserClient, bucket: oss2.Bucket, browser: Browser, site: str
) -> None:
    kept: list[str] = []
    closed = browser.new_page()
    closed.expose_function("keep", lambda text: kept.append(text))
    closed.goto(f"{site}/page.html")
    sending = {"partSize": PART, "parallel": 1, "stopAfter": 0.5}
    told = {"options": client.options, "method": "multipartUpload"}
    closed.evaluate(
        f"(told) => {{ ({CALL})(told); }}",
        {**told, "args": ["big", as_file(CONTENT), sending]},
    )
    while not kept:
        closed.wait_for_timeout(20)
    closed.close()
    (upload,) = oss2.MultipartUploadIterator(bucket)
    before = {part.part_number for part in oss2.PartIterator(bucket, "big", upload.upload_id)}
    assert before == set(range(1, len(before) + 1))
    assert 1 < len(before) < 6

    checkpoint = client.page.evaluate("JSON.parse", kept[0])
    assert checkpoint["uploadId"] == upload.upload_id
    put: list[str] = []
    client.page.on("request", lambda sent: put.append(sent.url) if sent.method == "PUT" else None)
    going_on = {"checkpoint": checkpoint, "partSize": PART}
    assert client("multipartUpload", "big", as_file(CONTENT), going_on)["status"] == 200
    assert bucket.get_object("big").read() == CONTENT
    assert len(put) == 6 - len(before), "parts that were there were sent again"


def test_errors_have_their_codes(client: BrowserClient, bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"old")
    missing = client("get", "none")
    assert (missing["name"], missing["status"]) == ("NoSuchKeyError", 404)
    assert len(missing["requestId"]) == 24
    wrong = client("put", "a", as_file(b"new"), accessKeySecret="wrong")
    assert (wrong["code"], wrong["status"]) == ("SignatureDoesNotMatch", 403)
    nobody = client("put", "a", as_file(b"new"), accessKeyId="nobody")
    assert (nobody["code"], nobody["status"]) == ("InvalidAccessKeyId", 403)
    gone = client("abortMultipartUpload", "a", "0" * 32)
    assert (gone["code"], gone["status"]) == ("NoSuchUpload", 404)
    # No bucket, no rules: the browser tells a script nothing, here as with OSS.
    nowhere = client("get", "a", bucket="nobody-made-it")
    assert (nowhere["name"], nowhere["status"]) == ("RequestError", -1)
    assert bucket.get_object("a").read() == b"old"


def test_a_signed_url_is_good_for_curl(
    client: BrowserClient, bucket: oss2.Bucket, module_server: ServerProcess
) -> None:
    bucket.put_object("a b", b"text")
    if client.options["authorizationV4"]:
        url = client("signatureUrlV4", "GET", 60, {}, "a b")
    else:
        url = client("signatureUrl", "a b")
    got = subprocess.run(
        ["curl", "-sS", "--fail", "-4", url], capture_output=True, check=True, timeout=PATIENCE
    )
    assert got.stdout == b"text"


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_skewed_clock_is_corrected(
    client: BrowserClient, bucket: oss2.Bucket, hours: int
) -> None:
    """The script takes the server's time out of the refusal and asks again."""
    statuses: list[int] = []

    def seen(answer: Any) -> None:
        if answer.request.method == "PUT":
            statuses.append(answer.status)

    client.page.on("response", seen)
    client.page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=hours))
    assert client("put", "a", as_file(b"text"))["status"] == 200
    assert statuses == [403, 200]
    assert bucket.get_object("a").read() == b"text"
