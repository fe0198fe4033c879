"""ali-oss, the SDK for Node, told from Python what to call."""

from __future__ import annotations

import base64
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.clients.node_driver import run_calls
from tests.server_process import ServerProcess

DRIVER = Path(__file__).with_name("drive_ali_oss.js")

PACKAGE = DRIVER.parent / "node_modules" / "ali-oss"

#: Mark of a test, a class or a module that drives ali-oss.
needs_ali_oss = pytest.mark.skipif(
    shutil.which("node") is None or not PACKAGE.exists(),
    reason="needs node and the npm packages: run make services",
)


class AliOss:
    """ali-oss with one set of options; each `run` is a Node process of its own."""

    def __init__(self, server: ServerProcess, bucket: str | None, **options: Any) -> None:
        self.options = {
            "accessKeyId": server.access_key.id,
            "accessKeySecret": server.access_key.secret,
            "endpoint": server.base_url,
            **({"bucket": bucket} if bucket else {}),
            **options,
        }

    def run(self, *calls: tuple[Any, ...]) -> list[Any]:
        """What each call, a method and its arguments, returned or raised."""
        return run_calls(DRIVER, self.options, calls, _plain)


def _plain(value: object) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, datetime):
        return {"milliseconds": value.timestamp() * 1000}
    raise TypeError(value)


def bytes_of(value: Any) -> bytes:
    """The bytes that a call returned."""
    return base64.b64decode(value["base64"])
