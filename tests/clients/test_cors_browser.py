"""A script on a page of another origin uploads, in a real browser, and reads the answers.

`xhr.upload.onprogress` makes the browser ask beforehand by a preflight; a `FormData` sent by fetch
goes without one, and then the answer's headers decide whether the script may read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser

from pillarbox.forms import Credentials, PostForm
from tests.clients.conftest import CHROMIUM
from tests.server_process import ServerProcess

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="Chromium is not installed (make services, as root)"
)

OPEN, CLOSED = "with-rules", "without-rules"
SIZE = 300_000  # bytes

UPLOAD = """
async ({how, url, fields, size}) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([new Uint8Array(size)]), "cv.pdf");
  if (how === "fetch") {
    try {
      const answer = await fetch(url, {method: "POST", body: form});
      return {
        status: answer.status,
        text: await answer.text(),
        requestId: answer.headers.get("x-oss-request-id"),
      };
    } catch (error) {
      return {failed: error.name};
    }
  }
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    let sent = 0;
    request.upload.onprogress = (event) => { sent = event.loaded; };
    request.onload = () => resolve({
      status: request.status,
      text: request.responseText,
      requestId: request.getResponseHeader("x-oss-request-id"),
      etag: request.getResponseHeader("etag"),
      sent,
    });
    request.onerror = () => resolve({failed: "error", status: request.status});
    request.open("POST", url);
    request.send(form);
  });
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A store with a bucket that has CORS rules and, from a second start, one without."""
    directory = tmp_path_factory.mktemp("server")
    first = ServerProcess(
        directory, ["--init-bucket", f"{OPEN}:private", "--cors", "http://127.0.0.1:*"]
    )
    try:
        first.stop()
    finally:
        first.end()
    running = ServerProcess(directory, ["--init-bucket", f"{CLOSED}:private"])
    try:
        yield running
        running.stop()
    finally:
        running.end()


def upload(
    browser: Browser, site: str, server: ServerProcess, bucket: str, how: str, max_size: int
) -> dict[str, Any]:
    """What a script on a page of `site` learns of its upload."""
    form = PostForm(
        endpoint=server.base_url,
        bucket=bucket,
        key=f"{how}/file",
        max_size=max_size,
        success_status=201,
    )
    signed = form.sign_v1(Credentials(server.access_key.id, server.access_key.secret))
    page = browser.new_page()
    try:
        page.goto(f"{site}/page.html")
        told: dict[str, Any] = page.evaluate(
            UPLOAD, {"how": how, "url": signed.action, "fields": dict(signed.fields), "size": SIZE}
        )
        return told
    finally:
        page.close()


@pytest.fixture
def page(tmp_path: Path, site: str) -> str:
    """The site, with an empty page on it."""
    (tmp_path / "site" / "page.html").write_text("<!doctype html><title>page</title>")
    return site


@pytest.mark.parametrize("how", ["fetch", "xhr"])
def test_with_rules_a_script_reads_the_answer(
    browser: Browser, page: str, server: ServerProcess, how: str
) -> None:
    told = upload(browser, page, server, OPEN, how, SIZE)
    assert told["status"] == 201
    xml = ElementTree.fromstring(told["text"])
    assert (xml.tag, xml.findtext("Key")) == ("PostResponse", f"{how}/file")
    assert len(told["requestId"]) == 24
    if how == "xhr":
        assert told["sent"] > SIZE
        assert told["etag"] == xml.findtext("ETag")
        server.wait_for_output(f'OptionObject "{OPEN}"')


@pytest.mark.parametrize("how", ["fetch", "xhr"])
def test_with_rules_a_script_reads_why_it_was_refused(
    browser: Browser, page: str, server: ServerProcess, how: str
) -> None:
    told = upload(browser, page, server, OPEN, how, SIZE - 1)
    assert told["status"] == 400
    xml = ElementTree.fromstring(told["text"])
    assert (xml.tag, xml.findtext("Code")) == ("Error", "EntityTooLarge")
    assert xml.findtext("RequestId") == told["requestId"]


@pytest.mark.parametrize("max_size", [SIZE, SIZE - 1])
@pytest.mark.parametrize(("how", "failed"), [("fetch", "TypeError"), ("xhr", "error")])
def test_without_rules_it_learns_nothing(
    browser: Browser, page: str, server: ServerProcess, how: str, failed: str, max_size: int
) -> None:
    told = upload(browser, page, server, CLOSED, how, max_size)
    assert told["failed"] == failed
    assert not told.get("status")
    assert "text" not in told
