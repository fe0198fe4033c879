"""The page of OSS's documentation, field for field, in a real browser.

Its sample program writes it: inputs that a visitor sees and may change, an empty redirect, 201, a
button `submit` behind the file, a policy without a bucket that expires in 2115, the key id
`tphpxp`. It is opened from a web site and from a file.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest
from playwright.sync_api import Browser

from pillarbox.forms import Credentials, PostForm, sign_policy_v1
from pillarbox.forms.page import render_plain_page
from pillarbox.model.objects import AccessKey
from pillarbox.signing.url_v1 import signed_query
from tests.clients.conftest import CHROMIUM
from tests.server_process import ServerProcess

BUCKET = "oss-sample"
KEY = AccessKey("tphpxp", "ZQNJzf4QJRkrH4", account_id="")
CREDENTIALS = Credentials(KEY.id, KEY.secret)
POLICY = (
    '{"expiration":"2115-01-27T10:56:19Z","conditions":[["content-length-range", 0, 104857600]]}'
)
FILENAME = "résumé 1.pdf"
CONTENT = b"%PDF-1.4\r\n--\x00\xff\r\n" * 1000

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="Chromium is not installed (make services, as root)"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    directory = tmp_path_factory.mktemp("server")
    running = ServerProcess(directory, ["--init-bucket", f"{BUCKET}:private"], access_key=KEY)
    try:
        yield running
        running.stop()
    finally:
        running.end()


def documented_page(action: str) -> str:
    """The page as the sample program writes it."""
    signing = sign_policy_v1(POLICY, CREDENTIALS)
    assert base64.b64decode(signing["policy"]).decode() == POLICY
    fields = signing | {
        "key": "upload/${filename}",
        "success_action_redirect": "",
        "success_action_status": "201",
    }
    inputs = "\n".join(
        f'<input type="text" name="{name}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    return (
        '<html><meta http-equiv=content-type content="text/html; charset=UTF-8">'
        "<head><title>OSS form upload</title></head><body>"
        f'<form action="{action}" method="post" enctype="multipart/form-data">\n{inputs}\n'
        '<input name="file" type="file" id="file">\n'
        '<input name="submit" value="Upload" type="submit">\n</form></body></html>\n'
    )


def action_of(server: ServerProcess, style: str) -> str:
    if style == "path":
        return f"{server.base_url}/{BUCKET}"
    # As the sample program puts it together; browsers know *.localhost as the loopback.
    return f"http://{BUCKET}.localhost:{server.port}"


def stored(server: ServerProcess, key: str) -> bytes:
    expires = datetime.now(UTC) + timedelta(minutes=5)
    query = signed_query("GET", BUCKET, key, expires, KEY.id, KEY.secret)
    answer = httpx.get(f"{server.base_url}/{BUCKET}/{quote(key)}?{query}")
    assert answer.status_code == 200
    return answer.content


def upload(browser: Browser, url: str, file: Path, button: str) -> tuple[int, ElementTree.Element]:
    """Open the page, choose the file, press the button; the answer that the browser shows."""
    page = browser.new_page()
    try:
        page.goto(url)
        page.set_input_files("input[type=file]", file)
        with page.expect_navigation() as navigation:
            page.click(button)
        answer = navigation.value
        return answer.status, ElementTree.fromstring(answer.body())
    finally:
        page.close()


@pytest.mark.parametrize("style", ["path", "virtual-host"])
@pytest.mark.parametrize("opened_from", ["http", "file"])
def test_the_documented_page_uploads(
    browser: Browser,
    server: ServerProcess,
    site: str,
    tmp_path: Path,
    opened_from: str,
    style: str,
) -> None:
    page = tmp_path / "site" / "post.html"
    page.write_text(documented_page(action_of(server, style)), "utf-8")
    name = f"{opened_from} {style} {FILENAME}"
    file = tmp_path / name
    file.write_bytes(CONTENT)
    url = page.as_uri() if opened_from == "file" else f"{site}/post.html"

    status, xml = upload(browser, url, file, "input[name=submit]")

    assert (status, xml.tag) == (201, "PostResponse")
    assert (xml.findtext("Bucket"), xml.findtext("Key")) == (BUCKET, f"upload/{name}")
    assert stored(server, f"upload/{name}") == CONTENT


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_the_plain_page_of_the_toolkit_uploads(
    browser: Browser, server: ServerProcess, tmp_path: Path, version: str
) -> None:
    form = PostForm(
        endpoint=server.base_url,
        bucket=BUCKET,
        key_prefix=f"toolkit/{version}/",
        max_size=len(CONTENT),
        content_types=("application/pdf",),
        success_redirect="",
        success_status=201,
        forbid_overwrite=True,
    )
    signed = (
        form.sign_v1(CREDENTIALS) if version == "v1" else form.sign_v4(CREDENTIALS, "cn-hangzhou")
    )
    page = tmp_path / "upload.html"
    page.write_text(render_plain_page(signed), "utf-8")
    file = tmp_path / FILENAME
    file.write_bytes(CONTENT)

    status, xml = upload(browser, page.as_uri(), file, "button")

    assert (status, xml.findtext("Key")) == (201, f"toolkit/{version}/{FILENAME}")
    assert stored(server, f"toolkit/{version}/{FILENAME}") == CONTENT
    status, xml = upload(browser, page.as_uri(), file, "button")
    assert (status, xml.findtext("Code")) == (409, "FileAlreadyExists")
