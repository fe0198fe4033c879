from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.cli.command import Run
from tests.cli.terminal import watch

SIZE = 3 * 1024 * 1024


def test_a_bar_on_a_terminal_and_nowhere_else(run: Run, tmp_path: Path) -> None:
    run("bucket", "create", "bars")
    name = "a\x1b[31m[bold]"
    file = tmp_path / name
    file.write_bytes(bytes(SIZE))
    arguments = [sys.executable, "-m", "pillarbox", "cp"]
    variables = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    for places in ([str(file), "oss://bars/a"], ["oss://bars/a", str(tmp_path / "back")]):
        status, seen = watch([*arguments, *places], variables)
        assert status == 0, seen
        assert b"3.0 MiB" in seen
        # The name of a file moves no cursor, and is no markup.
        assert b"a\x1b[31m" not in seen
    quiet = run("cp", str(file), "oss://bars/b")
    assert (quiet.status, quiet.err) == (0, "")
    assert b"MiB" not in quiet.body
    assert (tmp_path / "back").read_bytes() == bytes(SIZE)
