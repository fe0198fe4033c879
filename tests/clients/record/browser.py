"""Clients that run in Chromium: pages without script, and upload libraries from npm."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from pillarbox.forms.post_form import SignedForm
from tests.clients.record.capture import CaptureServer
from tests.clients.record.command_line import NODE_MODULES
from tests.clients.record.forms import usual_form

CHROMIUM = "/usr/bin/chromium"
_PAGES = Path(__file__).parent / "pages"
_PLUPLOAD = NODE_MODULES / "plupload" / "js" / "plupload.full.min.js"


def chromium_version() -> str:
    with _browser() as browser:
        return f"chromium-{browser.version.split('.')[0]}"


def send_html_sample(server: CaptureServer, file: Path) -> None:
    """The documentation's page: a visitor sees and may change every field, and a button follows."""
    form = usual_form(
        server.endpoint, "html-sample", key="recorded/${filename}", success_redirect=""
    )
    fields = {**form.fields, "success_action_redirect": ""}
    inputs = "".join(
        f'<input type="text" name="{escape(name)}" value="{escape(value)}">\n'
        for name, value in fields.items()
    )
    html = (
        '<!DOCTYPE html>\n<meta charset="utf-8">\n'
        f'<form action="{form.action}" method="post" enctype="multipart/form-data">\n{inputs}'
        '<input name="file" type="file" id="file">\n'
        '<input name="submit" value="Upload" type="submit">\n</form>\n'
    )
    server.pages["/"] = ("text/html", html.encode())
    # Browsers send quotes as %22 and other scripts as UTF-8.
    file = file.rename(file.with_name('Grüße "an" alle.txt'))
    with _opened(server) as page:
        page.set_input_files("input[type=file]", file)
        page.click("input[type=submit]")
        server.wait()


def send_rc_upload(server: CaptureServer, file: Path) -> None:
    _send_by_script(server, file, usual_form(server.endpoint, "rc-upload"), "rc_upload.js")


def send_dropzone(server: CaptureServer, file: Path) -> None:
    # Dropzone's input stands in the document's body, hidden.
    _send_by_script(server, file, usual_form(server.endpoint, "dropzone"), "dropzone.js")


def send_plupload(server: CaptureServer, file: Path) -> None:
    form = usual_form(server.endpoint, "plupload")
    _send_by_script(server, file, form, "plupload.js", before=_PLUPLOAD.read_bytes())


def send_filepond(server: CaptureServer, file: Path) -> None:
    _send_by_script(server, file, usual_form(server.endpoint, "filepond"), "filepond.js")


def send_filepond_metadata(server: CaptureServer, file: Path) -> None:
    form = usual_form(server.endpoint, "filepond-metadata")
    _send_by_script(server, file, form, "filepond.js", keep_metadata=True)


def send_uppy(server: CaptureServer, file: Path) -> None:
    _send_by_script(server, file, usual_form(server.endpoint, "uppy-xhr-upload"), "uppy.js")


def _send_by_script(
    server: CaptureServer,
    file: Path,
    form: SignedForm,
    script: str,
    *,
    before: bytes = b"",
    keep_metadata: bool = False,
) -> None:
    task = {"action": form.action, "fields": dict(form.fields), "keepMetadata": keep_metadata}
    html = (
        '<!DOCTYPE html>\n<meta charset="utf-8">\n<div id="root">Upload</div>\n'
        f"<script>window.task = {json.dumps(task)}</script>\n"
        '<script src="/before.js"></script>\n<script src="/script.js"></script>\n'
    )
    server.pages["/"] = ("text/html", html.encode())
    server.pages["/before.js"] = ("text/javascript", before)
    server.pages["/script.js"] = ("text/javascript", _bundled(_PAGES / script))
    with _opened(server) as page:
        chooser = page.locator("input[type=file]")
        chooser.wait_for(state="attached")
        chooser.set_input_files(file)
        server.wait()


def _bundled(script: Path) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "script.js"
        subprocess.run(
            [
                NODE_MODULES / ".bin" / "esbuild",
                script,
                "--bundle",
                "--format=iife",
                '--define:process.env.NODE_ENV="production"',
                "--log-level=error",
                f"--outfile={out}",
            ],
            check=True,
            timeout=60,
        )
        return out.read_bytes()


@contextmanager
def _opened(server: CaptureServer) -> Iterator[Page]:
    with _browser() as browser:
        page = browser.new_page()
        page.on("pageerror", lambda error: print(f"in the page: {error}"))
        page.goto(server.endpoint + "/")
        yield page


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
