"""Large forms, each sent by a process of its own (see `bench.sender`)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.endpoint import Endpoint
from bench.forms import wire_form

_SCRIPT = Path(__file__).with_name("sender.py")


class SendingError(Exception):
    """A form was not taken."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Seconds from connecting to the answer, and the sender's CPU seconds."""

    seconds: float
    cpu_seconds: float


def deliver(endpoint: Endpoint, source: Path, name: str) -> Delivery:
    """Send a file under the name `bench/NAME`.

    Raises:
        SendingError: the answer was not 204.
    """
    form = wire_form(endpoint, name, source.stat().st_size)
    with tempfile.TemporaryDirectory() as folder:
        head, tail = Path(folder, "head"), Path(folder, "tail")
        head.write_bytes(form.head)
        tail.write_bytes(form.tail)
        # -I -S: it needs nothing but the standard library.
        command = [sys.executable, "-I", "-S", str(_SCRIPT), endpoint.host, str(endpoint.port)]
        command += [str(head), str(source), str(tail)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SendingError(f"the sender failed: {done.stderr.strip()[-500:]}")
    result = json.loads(done.stdout)
    if result["status"] != 204:
        raise SendingError(f"a form of {source.stat().st_size} bytes got {result['status']}")
    return Delivery(result["seconds"], result["cpu_seconds"])


def deliver_together(endpoint: Endpoint, sources: Sequence[Path]) -> list[Delivery]:
    """Send files at once, under the names `bench/large-0` and so on.

    Raises:
        SendingError: as of `deliver`.
    """
    names = [f"large-{number}" for number in range(len(sources))]
    with ThreadPoolExecutor(len(sources)) as threads:
        return list(threads.map(lambda *one: deliver(endpoint, *one), sources, names))
