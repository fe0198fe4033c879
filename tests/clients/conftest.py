"""Buckets for the clients that others wrote, each test its own, on one server a module.

And a browser, with a web site of another origin than the store's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import oss2
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.clients.s3_store import S3Store, new_s3_bucket_name, s3_store
from tests.server_process import ServerProcess

CHROMIUM = Path("/usr/bin/chromium")

_numbers = count(1)


def oss2_auth(server: ServerProcess) -> oss2.Auth:
    """The root key as oss2 signs with it."""
    return oss2.Auth(server.access_key.id, server.access_key.secret)


def new_bucket_name() -> str:
    """A name that no other test of this run has."""
    return f"bucket-{next(_numbers)}"


@pytest.fixture
def bucket(module_server: ServerProcess) -> oss2.Bucket:
    """A new private bucket, by oss2."""
    made = oss2.Bucket(oss2_auth(module_server), module_server.base_url, new_bucket_name())
    made.create_bucket()
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Store]:
    """A store for clients of S3."""
    with s3_store(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(scope="module")
def s3(store: S3Store) -> Any:
    """boto3's client of the store."""
    return store.client()


@pytest.fixture
def s3_bucket(s3: Any) -> str:
    """A new private bucket, by boto3: its name."""
    name = new_s3_bucket_name()
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; tests that use it skip where there is none."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        try:
            yield launched
        finally:
            launched.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A web site of the folder `site`: its URL."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()
            thread.join()
