"""The examples of `docs/buckets.md`, run in their order as they stand; its table of options."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import typer.main

from pillarbox.cli.main import app
from pillarbox.model.objects import AccessKey
from tests.conftest import StartServer
from tests.server_process import ServerProcess

PAGE = (Path(__file__).parents[2] / "docs" / "buckets.md").read_text("utf-8")

_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```sh\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.S)
EXAMPLES = {found[1]: (found[2], found[3]) for found in _EXAMPLE.finditer(PAGE)}


class Shell:
    """Runs examples in a folder where `.venv` is that of this test run."""

    def __init__(self, folder: Path, server: ServerProcess) -> None:
        (folder / ".venv").symlink_to(sys.prefix)
        self._folder = folder
        self._port = server.port

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        """An example, as behind the page's first one."""
        script = f"{EXAMPLES['store'][0]}{EXAMPLES[name][0]}"
        return subprocess.run(
            ["/bin/sh", "-eu", "-c", self._here(script)],
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def prints(self, name: str) -> str:
        """What a good example prints, which is what the page says if it says anything."""
        done = self.run(name)
        assert (done.returncode, done.stderr) == (0, "")
        if promised := EXAMPLES[name][1]:
            assert done.stdout == self._here(promised)
        return done.stdout

    def _here(self, text: str) -> str:
        return text.replace("127.0.0.1:9000", f"127.0.0.1:{self._port}")


@pytest.fixture
def server(start_server: StartServer) -> ServerProcess:
    return start_server(access_key=AccessKey("example", "example-secret", account_id=""))


def test_the_examples(server: ServerProcess, tmp_path: Path) -> None:
    shell = Shell(tmp_path, server)
    shell.prints("create")
    lines, _, document = shell.prints("list").partition("[")
    assert [line.split()[0] for line in lines.splitlines()] == ["pictures", "resumes"]
    assert [bucket["name"] for bucket in json.loads("[" + document)] == ["pictures", "resumes"]
    shell.prints("acl")
    shell.prints("versions")

    asked = {"Origin": "https://www.example.com", "Access-Control-Request-Method": "POST"}
    url = f"{server.base_url}/resumes"
    assert httpx.options(url, headers=asked).status_code == 403
    shell.prints("cors")
    allowed = httpx.options(url, headers={**asked, "Access-Control-Request-Headers": "x-any"})
    assert (allowed.status_code, allowed.headers["access-control-max-age"]) == (200, "600")
    shell.prints("narrow")
    refused = httpx.options(url, headers={**asked, "Access-Control-Request-Headers": "x-any"})
    assert refused.status_code == 403
    assert httpx.options(url, headers=asked).headers["access-control-max-age"] == "60"
    assert '"maxAge": 60' in shell.prints("remove")
    assert httpx.options(url, headers=asked).status_code == 403

    done = shell.run("refused")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.sub(r"request id \w+", "request id …", done.stderr) == EXAMPLES["refused"][1]
    assert "mistyped" not in done.stderr


def test_every_example_is_run() -> None:
    source = Path(__file__).read_text("utf-8")
    assert EXAMPLES
    assert all(f'"{name}")' in source for name in EXAMPLES.keys() - {"store"})


def test_the_table_names_every_option() -> None:
    group = typer.main.get_command(app).commands["bucket"]  # type: ignore[attr-defined]
    found = {
        (command, option)
        for command, parameters in group.commands.items()
        for parameter in parameters.params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }
    rows = re.findall(r"^\| `(--[a-z-]+)` \| ([^|]+) \|", PAGE, re.M)
    told = {
        (command, option)
        for option, of in rows
        for command in (group.commands if of == "all" else re.findall(r"`(\w+)`", of))
    }
    assert told == found
