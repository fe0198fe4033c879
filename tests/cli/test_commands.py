from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from pillarbox.cli.commands import NAMES
from pillarbox.cli.main import app
from tests.cli.command import Run


def test_every_name_is_a_command_and_told_by_the_help(command: Run) -> None:
    found = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert [one.name for one in found.values()] == list(NAMES)
    printed = command("--help").out
    assert [name for name in NAMES if f" {name} " not in printed] == []


@pytest.mark.parametrize("name", ["serve", "ls", "bucket"])
def test_no_other_command_is_imported(name: str) -> None:
    program = (
        "import sys; from pillarbox.cli.main import app\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        "print(*(name.rpartition('.')[2] for name in sys.modules if 'pillarbox.cli.' in name))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, name, "--help"], capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    imported = ended.stdout.splitlines()[-1].split()
    assert {one.replace("-", "_") for one in NAMES} & set(imported) == {name}


def test_a_name_that_is_none_is_refused_with_the_nearest(command: Run) -> None:
    done = command("srve")
    assert (done.status, done.out) == (2, "")
    assert "No such command 'srve'. Did you mean 'serve'?" in done.err
