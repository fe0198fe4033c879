"""Programs for Node that call a client library, told from Python what to call."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.server_process import PATIENCE


def run_calls(
    driver: Path,
    options: Mapping[str, Any],
    calls: Sequence[tuple[Any, ...]],
    plain: Callable[[object], Any],
) -> list[Any]:
    """What each call, a method and its arguments, returned or raised in a Node process of its own.

    Args:
        options: of the library's client.
        plain: what stands in JSON for a value that JSON doesn't have.
    """
    told = {
        "options": options,
        "calls": [{"method": method, "args": args} for method, *args in calls],
    }
    done = subprocess.run(
        ["node", str(driver)],
        input=json.dumps(told, default=plain),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    results: list[Any] = json.loads(done.stdout)
    return [result["error"] if "error" in result else result["value"] for result in results]
