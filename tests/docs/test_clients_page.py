"""The examples of `docs/clients.md`, run as they stand: each client with the page's settings."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.clients.aws_sdk_js import NODE_MODULES, needs_aws_sdk_js
from tests.clients.clients_page import PAGE, example, promised, write_example
from tests.clients.s3_store import S3Store, s3_store

SETTINGS = ("~/.aws/config", "~/.aws/credentials", "~/.config/rclone/rclone.conf", "~/.s3cfg")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Store]:
    with s3_store(tmp_path_factory.mktemp("store"), "--init-bucket", "inbox:private") as running:
        yield running


@pytest.fixture
def home(store: S3Store, tmp_path: Path) -> Path:
    """A home folder with the page's settings."""
    for name in SETTINGS:
        write_example(name, store, tmp_path)
    return tmp_path


def printed(home: Path, *command: str | Path) -> str:
    """What a command prints, with this test run's programs and those of the system."""
    done = subprocess.run(
        command,
        cwd=home,
        env={"HOME": str(home), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("program", ["aws", "rclone", "s3cmd"])
def test_commands(program: str, store: S3Store, home: Path) -> None:
    if program != "aws" and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (make services, as root)")
    script = example(program, store)
    assert printed(home, "/bin/sh", "-eu", "-c", script) == promised(program)


@pytest.mark.parametrize("name", ["letters_boto3.py", "letters_minio.py"])
def test_python(name: str, store: S3Store, home: Path) -> None:
    assert printed(home, sys.executable, "-c", example(name, store)) == promised(name)


@needs_aws_sdk_js
def test_a_form_by_javascript(store: S3Store, home: Path) -> None:
    (home / "node_modules").symlink_to(NODE_MODULES)
    write_example("form.mjs", store, home)
    form = json.loads(printed(home, "node", "form.mjs"))
    files = {"file": ("a.txt", b"hello")}
    posted = requests.post(form["url"], data=form["fields"], files=files, timeout=60)
    assert posted.status_code == 204, posted.text
    got = store.client().get_object(Bucket="inbox", Key="docs/a.txt")
    assert got["Body"].read() == b"hello"


def test_versions() -> None:
    """The page names those that the tests run with."""
    pinned = (ROOT / "constraints.txt").read_text()
    for package, version in re.findall(r"`(awscli|boto3|minio)` ([\d.]+)", PAGE):
        assert f"\n{package}=={version}\n" in pinned
    npm = json.loads((ROOT / "tests" / "clients" / "package.json").read_text())
    (version,) = re.findall(r"`@aws-sdk/client-s3` and its kin, ([\d.]+)", PAGE)
    versions = npm["devDependencies"].items()
    assert {v for name, v in versions if name.startswith("@aws-sdk/")} == {version}
