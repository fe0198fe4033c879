"""Forms with a redirect, sent by the script: it must know what became of the file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import oss2
import pytest
from playwright.sync_api import expect

from pillarbox.forms.page import render_page
from tests.page.conftest import OpenPage
from tests.page.form_site import FormSite
from tests.page.test_uploading import made
from tests.page.visit import keys_in, signed_form
from tests.server_process import ServerProcess


@pytest.fixture
def moved(store: ServerProcess) -> Iterator[str]:
    """An address that sends everything on to the store, with every header that CORS wants."""

    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            self._answer(200)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(307)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "*")
            if status == 307:
                self.send_header("Location", store.base_url + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_HEAD(self) -> None:
            self._answer(200)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_target_without_cors_hides_nothing(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    thanks = form_site.page("/thanks", "<h1>Thank you</h1>")
    form = signed_form(store, key_prefix="target/", success_redirect=thanks)
    visit = open_page(render_page(form))
    visit.choose(made(tmp_path, "a.txt", 5), made(tmp_path, "b.txt", 5))
    expect(visit.page.get_by_role("heading", name="Thank you")).to_be_visible()
    # The script stopped at the store's redirects: the visitor alone went there, once.
    assert [path for path in form_site.asked if path.startswith("/thanks")] == ["/thanks"]
    assert keys_in(store, prefix="target/") == {"target/a.txt", "target/b.txt"}


def test_why_a_request_with_progress_is_not_sent(
    open_page: OpenPage, store: ServerProcess, form_site: FormSite
) -> None:
    """XMLHttpRequest follows the redirect, is kept out there, and calls it a failure."""
    thanks = form_site.page("/thanks", "thanks")
    form = signed_form(store, key_prefix="followed/", success_redirect=thanks)
    visit = open_page(form_site.page("/page", "A page of the site, with a script of its own"))
    visit.excuse("Access to XMLHttpRequest")
    status = visit.page.evaluate(
        """({url, fields}) => new Promise((resolve) => {
            const body = new FormData();
            for (const [name, value] of Object.entries(fields)) body.append(name, value);
            body.append("file", new File(["bytes"], "a.txt"));
            const request = new XMLHttpRequest();
            request.upload.onprogress = () => {};
            request.onloadend = () => resolve(request.status);
            request.open("POST", url);
            request.send(body);
        })""",
        {"url": form.action, "fields": dict(form.fields)},
    )
    assert status == 0
    assert keys_in(store, prefix="followed/") == {"followed/a.txt"}


def test_without_cors_nothing_is_sent_before_the_visitor_says_so(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    auth = oss2.Auth(store.access_key.id, store.access_key.secret)
    oss2.Bucket(auth, store.base_url, "unread").create_bucket()
    thanks = form_site.page("/thanks", "<h1>Thank you</h1>")
    form = signed_form(store, "unread", success_redirect=thanks)
    visit = open_page(render_page(form))
    visit.excuse("Access to ")
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_for("blocked")
    assert keys_in(store, "unread") == set()
    visit.button("Send without progress a.txt").click()
    expect(visit.page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert keys_in(store, "unread") == {"cv/a.txt"}


def test_another_redirect_is_not_taken_for_the_forms_own(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite, moved: str
) -> None:
    """Such as from http to https: the file went nowhere."""
    thanks = form_site.page("/thanks", "thanks")
    form = signed_form(store, endpoint=moved, key_prefix="moved/", success_redirect=thanks)
    visit = open_page(form_site.page("/page", render_page(form)))
    visit.excuse("Access to |Refused to connect|Connecting to ")
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_for("blocked")
    assert not visit.fired("uploaded")
    assert keys_in(store, prefix="moved/") == set()


def test_a_refusal_is_read_as_ever(
    open_page: OpenPage, store: ServerProcess, tmp_path: Path, form_site: FormSite
) -> None:
    thanks = form_site.page("/thanks", "thanks")
    form = signed_form(store, key_prefix="refused/", success_redirect=thanks)
    page = render_page(form).replace(form.fields["OSSAccessKeyId"], "nobody")
    visit = open_page(form_site.page("/page", page))
    visit.choose(made(tmp_path, "a.txt", 5))
    visit.wait_for("refused")
    (refused,) = visit.fired("refused")
    assert (refused["code"], refused["status"]) == ("InvalidAccessKeyId", 403)
    assert refused["requestId"] in visit.row("a.txt").inner_text()
    assert keys_in(store, prefix="refused/") == set()
