"""A store that runs for a demo: `pillarbox serve` as its users run it, with a key of its own."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_ENDPOINT = re.compile(r"Pillarbox listens on (http://\S+)")


class StoreFailedError(Exception):
    """The store did not start; the text says why."""


@dataclass(frozen=True, slots=True)
class DemoStore:
    """A running store.

    Attributes:
        endpoint: its URL.
        environment: of the commands that use it, the AccessKey included.
    """

    endpoint: str
    access_key_id: str
    secret: str = field(repr=False)
    environment: dict[str, str] = field(repr=False)
    process: subprocess.Popen[str] = field(repr=False)


@contextmanager
def running_store(
    folder: Path, listen: str, bucket: str, *, cors: str | None = None
) -> Iterator[DemoStore]:
    """`pillarbox serve` with a key made for this demo, stopped at the end.

    Args:
        folder: for its data and its log.
        listen: HOST:PORT.
        bucket: as `--init-bucket` takes it.
        cors: an origin whose scripts may upload.

    Raises:
        StoreFailedError: it did not start.
    """
    key_id, secret = f"demo{secrets.token_hex(6)}", secrets.token_hex(16)
    environment = {
        **os.environ,
        "PILLARBOX_ACCESS_KEY_ID": key_id,
        "PILLARBOX_ACCESS_KEY_SECRET": secret,
    }
    options = ["--data", str(folder / "data"), "--listen", listen, "--init-bucket", bucket]
    # A demo's site runs on this machine, and should hear of every upload.
    options += ["--callback-allow", "127.0.0.0/8", "--callback-retry", "24h"]
    if cors is not None:
        options += ["--cors", cors]
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [sys.executable, "-m", "pillarbox", "serve", *options],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
        )
    try:
        endpoint = _endpoint_of(process, folder / "serve.log")
        yield DemoStore(endpoint, key_id, secret, environment, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate()


def _endpoint_of(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := _ENDPOINT.search(line):
            return found[1]
    process.wait()
    raise StoreFailedError(f"the store did not start: {log.read_text().strip()}")
