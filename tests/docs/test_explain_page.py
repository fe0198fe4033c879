"""The examples of `docs/explain.md`, run as they stand; and its tables against the command.

Only the port is changed, and `.venv` is that of this test run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from pillarbox.cli.main import app
from pillarbox.forms.refused_form import MAX_CONDITIONS, MAX_LINE
from pillarbox.model.limits import KIB, MIB
from pillarbox.server.refused_forms import JUDGED, KEPT, MAX_FIELDS, MAX_FIELDS_SIZE
from pillarbox.storage.journal import MAX_DAYS, MAX_SIZE, read_lines
from pillarbox.storage.layout import Layout
from tests.conftest import StartServer
from tests.server_process import wait_until

PAGE = (Path(__file__).parents[2] / "docs" / "explain.md").read_text("utf-8")


def example(name: str) -> tuple[str, list[str]]:
    """A script of the page, and lines that it prints."""
    pattern = f"<!-- example: {name} -->\n```sh\n(.*?)```.*?```text\n(.*?)```"
    found = re.search(pattern, PAGE, re.S)
    assert found is not None
    return found[1], found[2].splitlines()


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-eu", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def test_the_example(folder: Path) -> None:
    script, lines = example("refused")
    done = run(script, folder)
    assert (done.returncode, done.stderr) == (1, "")
    printed = done.stdout.splitlines()
    for line in lines:
        assert line in printed


@pytest.mark.skipif(
    shutil.which("curl") is None, reason="curl is not installed (make services, as root)"
)
def test_the_example_of_a_request(folder: Path, start_server: StartServer) -> None:
    data_dir = folder / "pillarbox-data"
    server = start_server("--init-bucket", "inbox:private", data_dir=data_dir)
    script, lines = example("request")
    script = script.replace("127.0.0.1:9000", f"127.0.0.1:{server.port}")
    before, _, _ = script.partition(".venv/bin/pillarbox")
    assert run(before, folder).returncode == 0
    # What the page leaves to the reader's pace: the line is written behind the answer.
    kept = Layout(data_dir).refused_forms
    wait_until(lambda: any(read_lines(kept)), "the refused form")
    done = run(script, folder)
    assert (done.returncode, done.stderr) == (1, "")
    printed = done.stdout.splitlines()
    for line in lines:
        assert line in printed


def test_the_bounds_are_those_of_the_page() -> None:
    assert (MAX_DAYS, MAX_SIZE, MAX_LINE) == (7, 16 * MIB, 16 * KIB)
    assert (MAX_FIELDS, MAX_FIELDS_SIZE, MAX_CONDITIONS) == (100, 32768, 100)
    assert (JUDGED, KEPT) == ((100, 5.0), (1000, 100.0))
    for words in ("seven days, 16 MiB", "100 fields, 32,768 characters", "100 conditions"):
        assert words in PAGE
    for words in ("into 16 KiB; a hundred at once, and five a second", "a thousand at once, and a"):
        assert words in PAGE


def test_the_table_names_every_option() -> None:
    command = typer.main.get_command(app)
    context = typer.Context(command)
    explain = command.get_command(context, "explain")  # type: ignore[attr-defined]
    options = {name for parameter in explain.params for name in parameter.opts if "--" in name}
    assert set(re.findall(r"^\| `(--[a-z-]+)`", PAGE, re.M)) == options - {"--help"}
