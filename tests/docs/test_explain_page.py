"""The example of `docs/explain.md`, run as it stands; and its tables against the command."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import typer.main

from pillarbox.cli.main import app

PAGE = (Path(__file__).parents[2] / "docs" / "explain.md").read_text("utf-8")


def test_the_example(tmp_path: Path) -> None:
    found = re.search(r"<!-- example: refused -->\n```sh\n(.*?)```.*?```text\n(.*?)```", PAGE, re.S)
    assert found is not None
    (tmp_path / ".venv").symlink_to(sys.prefix)
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", found[1]], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (1, "")
    printed = done.stdout.splitlines()
    for line in found[2].splitlines():
        assert line in printed


def test_the_table_names_every_option() -> None:
    command = typer.main.get_command(app)
    context = typer.Context(command)
    explain = command.get_command(context, "explain")  # type: ignore[attr-defined]
    options = {name for parameter in explain.params for name in parameter.opts if "--" in name}
    assert set(re.findall(r"^\| `(--[a-z-]+)`", PAGE, re.M)) == options - {"--help"}
