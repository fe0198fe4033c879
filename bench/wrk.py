"""wrk, a compiled load generator: small forms and other requests as fast as a server takes them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.endpoint import Endpoint
from bench.forms import wire_form

_SCRIPT = Path(__file__).with_name("requests.lua")
#: Replaced in every request by the run's name and a number of the same length together.
_PLACEHOLDER = "NAME-OF-THE-OBJECT-24-CH"
#: Seconds; longer than anything that is done meanwhile.
_NO_END = 3600
#: Seconds; what takes so long is lost, what takes less is in the percentiles.
_TIMEOUT = 30


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
    return _send(endpoint, _form(endpoint, size, run), connections, seconds, run + "-")


@contextmanager
def driving(endpoint: Endpoint, size: int, connections: int, run: str) -> Iterator[None]:
    """Send forms as `drive` does while the context lasts, whatever becomes of them."""
    request = _form(endpoint, size, run)
    with _command(endpoint, request, connections, _NO_END, run + "-") as command:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            process.kill()
            process.wait()


def first_key(run: str) -> str:
    """The first object's that a run stores: wrk tries the script once before it sends anything."""
    return "bench/" + f"{run}-00-".ljust(len(_PLACEHOLDER) - 1, "0") + "2"


def repeat(endpoint: Endpoint, request: bytes, connections: int, seconds: float) -> Load:
    """Send the same request over `connections` for `seconds`.

    Raises:
        WrkError: if wrk fails, or any answer was an error or was lost.
    """
    return _send(endpoint, request, connections, seconds, "")


def _form(endpoint: Endpoint, size: int, run: str) -> bytes:
    if len(run) > 8:
        raise ValueError(f"the run's name {run!r} is longer than 8 characters")
    form = wire_form(endpoint, _PLACEHOLDER, size)
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    return form.head + content + form.tail


@contextmanager
def _command(
    endpoint: Endpoint, request: bytes, connections: int, seconds: float, names: str
) -> Iterator[list[str]]:
    """The command line, good while the context lasts."""
    # wrk counts whole seconds.
    options = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", f"--timeout={_TIMEOUT}s"]
    with tempfile.NamedTemporaryFile() as file:
        file.write(request)
        file.flush()
        script = ["-s", str(_SCRIPT), endpoint.url, "--", file.name, _PLACEHOLDER, names]
        yield ["wrk", *options, *script]


def _send(endpoint: Endpoint, request: bytes, connections: int, seconds: float, names: str) -> Load:
    with _command(endpoint, request, connections, seconds, names) as command:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise WrkError(f"wrk failed: {(done.stderr or done.stdout).strip()[:500]}")
    result = json.loads(done.stdout.splitlines()[-1])
    if not result["requests"]:
        raise WrkError(f"nothing was answered within {result['seconds']:.1f} s")
    if result["failed"]:
        raise WrkError(f"{result['failed']} of {result['requests']} requests were not taken")
    return Load(result["requests"] / result["seconds"], result["p50_ms"], result["p99_ms"])
