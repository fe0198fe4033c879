"""The AWS SDK for JavaScript, told from Python what to call."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

import pytest

from pillarbox.forms import Credentials
from tests.clients.node_driver import run_calls
from tests.clients.s3_store import REGION, S3Store

NODE_MODULES = Path(__file__).with_name("node_modules")

DRIVER = Path(__file__).with_name("drive_aws_sdk.js")

#: Mark of a test, a class or a module that runs the SDK.
needs_aws_sdk_js = pytest.mark.skipif(
    shutil.which("node") is None or not (NODE_MODULES / "@aws-sdk" / "client-s3").exists(),
    reason="needs node and the npm packages: run make services",
)


class AwsSdkJs:
    """The SDK with one endpoint and AccessKey; each `run` is a Node process of its own."""

    def __init__(self, store: S3Store, key: Credentials | None = None) -> None:
        chosen = key or store.key
        self._options = {
            "endpoint": store.url,
            "region": REGION,
            "forcePathStyle": True,
            "maxAttempts": 1,
            "credentials": {
                "accessKeyId": chosen.access_key_id,
                "secretAccessKey": chosen.access_key_secret,
            },
        }

    def run(self, *calls: tuple[Any, ...]) -> list[Any]:
        """What each call, a command or function and its arguments, returned or raised."""
        return run_calls(DRIVER, self._options, calls, _plain)


def stream_of(content: bytes) -> dict[str, str]:
    """An argument that is a stream."""
    return {"stream": base64.b64encode(content).decode("ascii")}


def body_of(answer: Any) -> bytes:
    """The bytes of an object that a call returned."""
    return base64.b64decode(answer["Body"]["base64"])


def _plain(value: object) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode("ascii")}
    raise TypeError(value)
