"""wrk, a compiled load generator: small forms and other requests as fast as a server takes them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.endpoint import Endpoint
from bench.forms import wire_form

_SCRIPT = Path(__file__).with_name("requests.lua")
#: Replaced in every request by the run's name and a number of the same length together.
_PLACEHOLDER = "NAME-OF-THE-OBJECT-24-CH"


class WrkError(Exception):
    """wrk is missing, or not every form was taken."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk saw; latencies in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


def is_installed() -> bool:
    """Whether wrk can be run."""
    return shutil.which("wrk") is not None


def drive(endpoint: Endpoint, size: int, connections: int, seconds: float, run: str) -> Load:
    """Send forms of `size` bytes over `connections` for `seconds`, every one under a new key.

    Args:
        run: begins every object's name; up to 8 characters, another for each call.

    Raises:
        WrkError: if wrk fails, or any form was refused or lost.
    """
    if len(run) > 8:
        raise ValueError(f"the run's name {run!r} is longer than 8 characters")
    form = wire_form(endpoint, _PLACEHOLDER, size)
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    return _send(endpoint, form.head + content + form.tail, connections, seconds, run + "-")


def repeat(endpoint: Endpoint, request: bytes, connections: int, seconds: float) -> Load:
    """Send the same request over `connections` for `seconds`.

    Raises:
        WrkError: if wrk fails, or any answer was an error or was lost.
    """
    return _send(endpoint, request, connections, seconds, "")


def _send(endpoint: Endpoint, request: bytes, connections: int, seconds: float, names: str) -> Load:
    # wrk counts whole seconds.
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout=10s"]
    with tempfile.NamedTemporaryFile() as file:
        file.write(request)
        file.flush()
        command += ["-s", str(_SCRIPT), endpoint.url, "--", file.name, _PLACEHOLDER, names]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise WrkError(f"wrk failed: {(done.stderr or done.stdout).strip()[:500]}")
    result = json.loads(done.stdout.splitlines()[-1])
    if result["failed"] or not result["requests"]:
        raise WrkError(f"{result['failed']} of {result['requests']} requests were not taken")
    return Load(result["requests"] / result["seconds"], result["p50_ms"], result["p99_ms"])
