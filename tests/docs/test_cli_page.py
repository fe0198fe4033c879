"""The examples of `docs/cli.md`, run in their order as they stand; its tables of options."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from pillarbox.cli.main import app
from pillarbox.model.objects import AccessKey
from tests.conftest import StartServer
from tests.server_process import ServerProcess

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")

_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.S)
EXAMPLES = {found[1]: (found[2], found[3]) for found in _EXAMPLE.finditer(PAGE)}
COMMANDS = ("ls", "cp", "cat", "rm", "stat", "sign")


class Shell:
    """Runs examples in a folder where `.venv` is that of this test run, and which is the home."""

    def __init__(self, folder: Path, server: ServerProcess) -> None:
        (folder / ".venv").symlink_to(sys.prefix)
        self._folder = folder
        self._port = server.port

    def run(self, name: str, first: str = "store") -> subprocess.CompletedProcess[str]:
        """An example, as behind the page's first one."""
        before = EXAMPLES[first][0] if first else ""
        return subprocess.run(
            ["/bin/sh", "-eu", "-c", self.here(before + EXAMPLES[name][0])],
            cwd=self._folder,
            env={"HOME": str(self._folder), "PATH": "/usr/local/bin:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def prints(self, name: str, first: str = "store") -> str:
        """What a good example prints, which is what the page says if it says anything."""
        done = self.run(name, first)
        assert (done.returncode, done.stderr) == (0, "")
        if promised := EXAMPLES[name][1]:
            assert done.stdout == self.here(promised)
        return done.stdout

    def here(self, text: str) -> str:
        return text.replace("127.0.0.1:9000", f"127.0.0.1:{self._port}")


@pytest.fixture
def server(start_server: StartServer) -> ServerProcess:
    return start_server(access_key=AccessKey("example", "example-secret", account_id=""))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_examples(server: ServerProcess, tmp_path: Path) -> None:
    shell = Shell(tmp_path, server)
    shell.prints("begin")
    lines = shell.prints("ls").splitlines()
    assert lines[0].startswith("photos ")
    assert [line[40:] for line in lines[1:4]] == ["readme.txt", "2030/", "2030/hello.txt"]
    listed = json.loads("\n".join(lines[4:]))
    assert [entry.get("key", entry.get("prefix")) for entry in listed] == ["readme.txt", "2030/"]
    shell.prints("cp")
    assert (tmp_path / "photos" / "2030" / "hello.txt").read_text() == "hello\n"
    facts, _, document = shell.prints("stat").partition("{")
    assert "contentType   text/markdown" in facts
    assert json.loads("{" + document)["acl"] == "private"
    shell.prints("rm")
    shell.prints("sign")

    done = shell.run("refused")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.sub(r"request id \w+", "request id …", done.stderr) == EXAMPLES["refused"][1]

    profiles = tmp_path / ".config" / "pillarbox" / "profiles.toml"
    profiles.parent.mkdir(parents=True)
    profiles.write_text(shell.here(EXAMPLES["profiles.toml"][0]), "utf-8")
    profiles.chmod(0o600)
    assert shell.prints("profile", first="").startswith("photos ")


def test_every_example_is_run() -> None:
    source = Path(__file__).read_text("utf-8")
    assert EXAMPLES
    assert all(f'"{name}"' in source for name in EXAMPLES)


def options_of(command: str) -> set[str]:
    parameters = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    return {
        option
        for parameter in parameters
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }


def table(heading: str) -> set[str]:
    """The options in the table whose first column has this heading."""
    body = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return {option for row in body.splitlines() for option in re.findall(r"`(--[a-z-]+)`", row)}


def test_the_tables_name_every_option() -> None:
    store = table("option")
    assert store == {"--endpoint", "--id", "--token", "--region", "--profile"}
    assert all(store <= options_of(command) for command in COMMANDS)
    assert options_of("cp") - store == table("option of `cp`")
    assert options_of("sign") - store == table("option of `sign`")
    for command in ("ls", "cat", "rm", "stat"):
        assert all(f"`{option}`" in PAGE or option in PAGE for option in options_of(command))
