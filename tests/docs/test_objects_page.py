"""The example of `docs/objects.md`, run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import StartServer

PAGE = Path(__file__).parents[2] / "docs" / "objects.md"
_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```python\n(.*?)```\n", re.S)


def test_the_example(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--init-bucket", "logs:private")
    ((name, program),) = _EXAMPLE.findall(PAGE.read_text("utf-8"))
    script = tmp_path / name
    script.write_text(program)
    environment = {
        **os.environ,
        "PILLARBOX_ACCESS_KEY_ID": server.access_key.id,
        "PILLARBOX_ACCESS_KEY_SECRET": server.access_key.secret,
        "PILLARBOX_ENDPOINT": server.base_url,
    }
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "started\ntook 3 uploads\nstopped\n"), done.stderr


def test_every_fenced_block_is_run() -> None:
    assert PAGE.read_text("utf-8").count("\n```") == 2
