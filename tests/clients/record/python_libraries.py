"""Clients that are Python libraries."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import httpx
import requests

from tests.clients.record.capture import CaptureServer
from tests.clients.record.forms import usual_form

_PATIENCE_SECONDS = 60


def version_of(package: str) -> Callable[[], str]:
    """Asks for the version of an installed package."""
    return lambda: metadata.version(package)


def send_requests(server: CaptureServer, file: Path) -> None:
    form = usual_form(server.endpoint, "requests")
    with file.open("rb") as stream:
        requests.post(
            form.action,
            data=dict(form.fields),
            files={"file": (file.name, stream, "text/plain")},
            timeout=_PATIENCE_SECONDS,
        )


def send_requests_files(server: CaptureServer, file: Path) -> None:
    form = usual_form(server.endpoint, "requests-files")
    parts = [(name, (name, value)) for name, value in form.fields.items()]
    requests.post(
        form.action,
        files=[*parts, ("file", (file.name, file.read_bytes()))],
        timeout=_PATIENCE_SECONDS,
    )


def send_httpx(server: CaptureServer, file: Path) -> None:
    form = usual_form(server.endpoint, "httpx")
    with file.open("rb") as stream:
        httpx.post(
            form.action,
            data=dict(form.fields),
            files={"file": (file.name, stream, "text/plain")},
            timeout=_PATIENCE_SECONDS,
        )
