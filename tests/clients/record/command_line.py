"""Clients that are programs: curl, and small ones of our own in Node, Go and Java."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.clients.record.capture import CaptureServer
from tests.clients.record.forms import (
    BUCKET,
    CREDENTIALS,
    EXPIRES,
    REGION,
    V4_DATE,
    usual_form,
    usual_key,
)

PROGRAMS = Path(__file__).parent / "programs"
NODE_MODULES = Path(__file__).parent.parent / "node_modules"


def npm_version(package: str) -> Callable[[], str]:
    """Asks for the version of an installed npm package."""

    def ask() -> str:
        version: str = json.loads((NODE_MODULES / package / "package.json").read_text())["version"]
        return version

    return ask


def node_version() -> str:
    return _output("node", "--version").removeprefix("v")


def curl_version() -> str:
    return _output("curl", "--version").split()[1]


def go_version() -> str:
    return _output("go", "env", "GOVERSION").removeprefix("go")


def java_version() -> str:
    return _output("java", "--version").split()[1]


def send_curl(server: CaptureServer, file: Path) -> None:
    form = usual_form(server.endpoint, "curl")
    fields = [part for item in form.fields.items() for part in ("-F", "=".join(item))]
    _run("curl", "-sS", "--max-time", "60", *fields, "-F", f"file=@{file}", form.action)


def send_node_fetch(server: CaptureServer, file: Path) -> None:
    form = usual_form(server.endpoint, "node-fetch")
    arguments = {"action": form.action, "fields": dict(form.fields), "file": str(file)}
    _run("node", PROGRAMS / "node_fetch.js", json.dumps(arguments))


def send_ali_oss_v1(server: CaptureServer, file: Path) -> None:
    _run("node", PROGRAMS / "ali_oss_v1.js", _task(server, "ali-oss-v1"))


def send_ali_oss_v4(server: CaptureServer, file: Path) -> None:
    _run("node", PROGRAMS / "ali_oss_v4.js", _task(server, "ali-oss-v4"))


def send_go(server: CaptureServer, file: Path) -> None:
    _run("go", "run", PROGRAMS / "post_object.go", _task(server, "go-sample"))


def send_java(server: CaptureServer, file: Path) -> None:
    form = usual_form(server.endpoint, "java-sample")
    fields = [text for item in form.fields.items() for text in item]
    _run("java", PROGRAMS / "PostObject.java", form.action, str(file), *fields)


def _task(server: CaptureServer, client: str) -> str:
    """What a program that signs by itself has to know."""
    return json.dumps(
        {
            "action": f"{server.endpoint}/{BUCKET}",
            "bucket": BUCKET,
            "region": REGION,
            "accessKeyId": CREDENTIALS.access_key_id,
            "accessKeySecret": CREDENTIALS.access_key_secret,
            "key": usual_key(client),
            "expiration": EXPIRES.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "date": V4_DATE.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def _run(*command: str | Path) -> None:
    # Elsewhere than in the repository, so that no program leaves anything there.
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(command, cwd=directory, timeout=300, check=True)
