"""A store and the careers site, each as a process of its own on this machine."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from examples.careers.site_role import SiteRole, make_site_role
from pillarbox.cli.demo_store import DemoStore, running_store

BUCKET = "resumes"

_REPOSITORY = Path(__file__).parents[2]
_START_SECONDS = 30.0


class SiteFailedError(Exception):
    """The site did not start; the text says why."""


@dataclass(frozen=True, slots=True)
class Careers:
    """The site and its store, running.

    Attributes:
        url: of the site, the one address to open.
        site_pid: process that serves the site.
        role: all that the site was given.
    """

    url: str
    site_pid: int
    store: DemoStore = field(repr=False)
    role: SiteRole


@contextmanager
def running_careers(folder: Path, listen: str = "127.0.0.1:0") -> Iterator[Careers]:
    """Start a store with a strict bucket, and the site; both end with the context.

    Args:
        folder: for the store's data and the logs.
        listen: HOST:PORT of the site; the store takes a free port.

    Raises:
        SiteFailedError, StoreFailedError: one of them did not start.
    """
    host, _, port = listen.rpartition(":")
    # Bound here, so that the store's CORS rule can name the site before it runs.
    with socket.create_server((host, int(port)), backlog=128) as listener:
        url = f"http://{host}:{listener.getsockname()[1]}"
        bucket = f"{BUCKET}:private:strict"
        with (
            running_store(folder, "127.0.0.1:0", bucket, cors=url) as store,
            _running_site(folder, url, listener, store) as (process, role),
        ):
            yield Careers(url, process.pid, store, role)


@contextmanager
def _running_site(
    folder: Path, url: str, listener: socket.socket, store: DemoStore
) -> Iterator[tuple[subprocess.Popen[bytes], SiteRole]]:
    role = make_site_role(folder / "data", BUCKET)
    environment = {
        **store.environment,
        # In place of the root AccessKey.
        "PILLARBOX_ACCESS_KEY_ID": role.access_key_id,
        "PILLARBOX_ACCESS_KEY_SECRET": role.access_key_secret,
        "CAREERS_ROLE": role.arn,
        "CAREERS_URL": url,
        "CAREERS_ENDPOINT": store.endpoint,
        "CAREERS_BUCKET": BUCKET,
    }
    descriptor = listener.fileno()
    with (folder / "site.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [
                *(sys.executable, "-m", "uvicorn", "--factory", "examples.careers.site:create_app"),
                *("--fd", str(descriptor), "--no-access-log"),
            ],
            cwd=_REPOSITORY,
            env=environment,
            stdout=log,
            stderr=log,
            pass_fds=(descriptor,),
        )
    try:
        _wait_for(url, process, folder / "site.log")
        yield process, role
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the site answers: the socket listens already, but nobody accepts yet."""
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(url, timeout=1).raise_for_status()
        except httpx.TransportError:
            continue
        return
    raise SiteFailedError(f"the site did not start: {log.read_text().strip()[-2000:]}")
