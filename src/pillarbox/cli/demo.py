"""`pillarbox demo`: the main job before your eyes.

Starts a store, writes an upload page as a web site would, posts a PDF through the page's form,
and reads it back by a signed URL. Everything runs as a user runs it: the store and the page are
made by the commands `serve` and `form`.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import urlopen

import typer

from pillarbox.cli.demo_store import DemoStore, StoreFailedError, running_store
from pillarbox.cli.page_form import read_page, submit
from pillarbox.cli.sample_pdf import make_pdf
from pillarbox.signing.url_v1 import signed_query

_BUCKET = "resumes"
_FILE = "resume.pdf"


class DemoError(Exception):
    """A step of the demo went wrong; the text says which and how."""


def demo(
    check: Annotated[
        bool, typer.Option("--check", help="Prove that it works and exit, 0 only if it does.")
    ] = False,
    listen: Annotated[str, typer.Option(help="HOST:PORT; port 0 takes any free one.")] = (
        "127.0.0.1:0"
    ),
) -> None:
    """Show the main job: a page's form uploads a PDF, a signed URL reads it back."""
    # Ended by SIGTERM or by Ctrl-C, the demo takes its store with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="pillarbox-demo-") as directory:
            folder = Path(directory)
            _say("1. Start a store with a private bucket.")
            with running_store(folder, listen, f"{_BUCKET}:private") as store:
                _say(f"   {store.endpoint}/{_BUCKET}, AccessKey {store.access_key_id}")
                page = _write_page(folder, store)
                _upload_and_compare(store, page)
                if check:
                    _say("The bytes are equal: form upload works.")
                else:
                    _stay(store, page)
    except (DemoError, StoreFailedError) as error:
        typer.echo(f"pillarbox demo: {error}", err=True)
        raise typer.Exit(1) from None


def _write_page(folder: Path, store: DemoStore) -> Path:
    """`pillarbox form`, as a web site would call it."""
    _say("2. Sign a form for it and write the page.")
    page = folder / "upload.html"
    options = ["--bucket", _BUCKET, "--endpoint", store.endpoint, "--out", str(page)]
    result = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "pillarbox", "form", *options, "--max-size", "10MiB"],
        capture_output=True,
        text=True,
        env=store.environment,
        check=False,
    )
    if result.returncode != 0:
        raise DemoError(f"the page was not written: {result.stderr.strip()}")
    for line in result.stdout.splitlines():
        _say(f"   {line if len(line) < 100 else line[:99] + '…'}")
    return page


def _upload_and_compare(store: DemoStore, page: Path) -> None:
    sent = make_pdf("A resume, posted by a form")
    _say(f"3. Post a PDF of {len(sent)} bytes through the page's form.")
    form = read_page(page.read_text("utf-8"))
    try:
        status, answer = submit(form, _FILE, "application/pdf", sent)
        _say(f"   {status} {' '.join(answer.decode('utf-8').split())}")
        _say("4. Read it back by a signed URL.")
        key = f"upload/{_FILE}"
        url = f"{store.endpoint}/{_BUCKET}/{quote(key)}?{_signature(store, key)}"
        with urlopen(url) as reply:  # noqa: S310 (our own store)
            received = reply.read()
    except HTTPError as error:
        raise DemoError(f"the store refused: {error.code} {error.read().decode()}") from None
    except URLError as error:
        raise DemoError(f"the store can not be reached: {error.reason}") from None
    _say(f"   {len(received)} bytes")
    if received != sent:
        raise DemoError(f"the bytes differ: {len(sent)} sent, {len(received)} received")


def _signature(store: DemoStore, key: str) -> str:
    expires = datetime.now(UTC) + timedelta(minutes=5)
    return signed_query("GET", _BUCKET, key, expires, store.access_key_id, store.secret)


def _stay(store: DemoStore, page: Path) -> None:
    """Leave the store running until it is interrupted, its access log on the terminal."""
    _say("")
    _say("The store is running. Open this page in a browser and upload a file:")
    _say(f"   {page.as_uri()}")
    _say("Ctrl-C stops the store and removes what it holds.")
    assert store.process.stdout is not None
    try:
        for line in store.process.stdout:
            _say(line.rstrip("\n"))
    except KeyboardInterrupt:
        return
    raise DemoError(f"the store ended with status {store.process.wait()}")


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
