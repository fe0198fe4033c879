"""Figure: objects that are read, against nginx sending the same files by sendfile.

A small one over many connections by wrk, a large one over one connection by a client that throws
the bytes away in the kernel; each whole and by a range. Pillarbox checks a signature and asks its
catalog for each, nginx only opens a file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import bounds, wrk
from bench.delivery import deliver
from bench.endpoint import Endpoint
from bench.figure import Figure, Progress, Rounds
from bench.plan import Plan
from bench.servers import nginx, pillarbox
from bench.signed import signed_headers
from bench.sizes import in_words
from bench.workspace import random_file

NAME = "reads"

_SCRIPT = Path(__file__).with_name("receiver.py")
#: The middle half of an object.
_RANGES = {"": 1.0, ", ranged": 0.5}


class ReadError(Exception):
    """An object was not sent whole."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the same objects can be read.

    Attributes:
        path: before an object's name.
        is_signed: whether requests carry a signature.
    """

    endpoint: Endpoint
    path: str
    is_signed: bool

    def request(self, name: str, size: int, share: float) -> bytes:
        """A GET for an object of `size` bytes, or for that share of it from its middle."""
        path = self.path + name
        headers: Mapping[str, str] = (
            signed_headers(self.endpoint, "GET", path) if self.is_signed else {}
        )
        lines = [f"GET {path} HTTP/1.1", f"Host: {self.endpoint.host}:{self.endpoint.port}"]
        lines += [f"{field}: {value}" for field, value in headers.items()]
        if share < 1:
            first = size // 4
            lines.append(f"Range: bytes={first}-{first + int(size * share) - 1}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def read(self, name: str, size: int, share: float) -> float:
        """Seconds to read what `request` asks for.

        Raises:
            ReadError: it came otherwise.
        """
        status = 200 if share == 1 else 206
        request = self.request(name, size, share)
        return receive(self.endpoint, request, status, int(size * share))


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Read both objects from both servers, whole and ranged, once a round."""
    ratios, details = Rounds(), Rounds()
    with ExitStack() as stack:
        sources = _sources(stack, plan, folder)
        for number in range(plan.rounds):
            for suffix, share in _RANGES.items():
                progress(f"{NAME}: round {number + 1} of {plan.rounds}{suffix}")
                small = {
                    name: _small(source, plan, share).per_second for name, source in sources.items()
                }
                what = f"{in_words(plan.read_small)}{suffix}"
                ratios.add("ratio", {what: small["Pillarbox"] / small["nginx"]})
                details.add("/s", {f"{name}, {what}": value for name, value in small.items()})
                large = {
                    name: source.read("large", plan.read_large, share)
                    for name, source in sources.items()
                }
                what = f"{in_words(plan.read_large)}{suffix}"
                ratios.add("ratio", {what: large["nginx"] / large["Pillarbox"]})
                details.add("s", {f"{name}, {what}": value for name, value in large.items()})
    title = "objects read, speed over that of nginx with sendfile"
    return Figure(NAME, title, ratios.lines(), details.lines())


def _sources(stack: ExitStack, plan: Plan, folder: Path) -> dict[str, Source]:
    """Both servers with both objects, which are in the page cache from having been written."""
    homes = {name: folder / name for name in ("Pillarbox", "nginx")}
    files = homes["nginx"] / "files"
    for place in (*homes.values(), files):
        place.mkdir()
    ours = stack.enter_context(pillarbox(homes["Pillarbox"])).endpoint
    for name, size in (("small", plan.read_small), ("large", plan.read_large)):
        deliver(ours, random_file(files / name, size), name)
    theirs = stack.enter_context(nginx(homes["nginx"])).endpoint
    bounds.settle()
    sources = {
        "Pillarbox": Source(ours, f"/{ours.bucket}/bench/", is_signed=True),
        "nginx": Source(theirs, "/files/", is_signed=False),
    }
    # wrk takes any 2xx for an answer: what the small ones hold is looked at once, here.
    for source in sources.values():
        for share in _RANGES.values():
            source.read("small", plan.read_small, share)
    return sources


def _small(source: Source, plan: Plan, share: float) -> wrk.Load:
    request = source.request("small", plan.read_small, share)
    return wrk.repeat(source.endpoint, request, plan.read_connections, plan.read_seconds)


def receive(endpoint: Endpoint, request: bytes, status: int, size: int) -> float:
    """Seconds from connecting to the last byte of the answer.

    Raises:
        ReadError: another status came, or another number of bytes.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(request)
        file.flush()
        command = [sys.executable, "-I", "-S", str(_SCRIPT), endpoint.host, str(endpoint.port)]
        done = subprocess.run([*command, file.name], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReadError(f"the receiver failed: {done.stderr.strip()[-500:]}")
    result = json.loads(done.stdout)
    if (result["status"], result["bytes"]) != (status, size):
        raise ReadError(f"a read of {size} bytes got {result['bytes']} with {result['status']}")
    seconds: float = result["seconds"]
    return seconds
