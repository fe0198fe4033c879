"""The examples of `docs/backup.md`, beside a server that runs; its tables of options and faults."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import typer.main

from pillarbox.cli.main import app
from pillarbox.storage.fsck.fault import FaultKind
from tests.conftest import StartServer
from tests.wire.raw_http import request

PAGE = (Path(__file__).parents[2] / "docs" / "backup.md").read_text("utf-8")

_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.S)
EXAMPLES = {found[1]: (found[2], found[3]) for found in _EXAMPLE.finditer(PAGE)}

LARGE = b"l" * 300_000


def test_the_examples(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--init-bucket", "photos:public-read-write")
    assert request(server.port, b"PUT", b"/photos/small", body=b"hello\n").status == 200
    assert request(server.port, b"PUT", b"/photos/large", body=LARGE).status == 200
    folder = tmp_path / "example"
    folder.mkdir()
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "pillarbox-data").symlink_to(server.data_dir)
    for name in ("fsck", "backup", "restore"):
        script, promised = EXAMPLES[name]
        shell = ["/bin/sh", "-eu", "-c", script]
        done = subprocess.run(shell, cwd=folder, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stderr) == (0, ""), name
        assert done.stdout == promised, name
    server.stop()
    restored = start_server(data_dir=folder / "restored")
    assert request(restored.port, b"GET", b"/photos/small").body == b"hello\n"
    assert request(restored.port, b"GET", b"/photos/large").body == LARGE


def test_every_example_is_run() -> None:
    source = Path(__file__).read_text("utf-8")
    assert len(EXAMPLES) == 3
    assert all(f'"{name}"' in source for name in EXAMPLES)


def options_of(command: str) -> set[str]:
    parameters = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    options = {option for parameter in parameters for option in parameter.opts}
    return {option for option in options if option.startswith("--")} - {"--help"}


def first_column(heading: str) -> set[str]:
    """What stands as code in the first column of the table with this heading."""
    body = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    columns = [row.split("|")[1] for row in body.splitlines()[2:]]
    return {word for column in columns for word in re.findall(r"`([a-z-]+)`", column)}


def test_the_tables_name_every_option_and_fault() -> None:
    for command in ("fsck", "backup", "restore"):
        assert first_column(f"option of `{command}`") == options_of(command)
    assert first_column("fault") == set(FaultKind)
