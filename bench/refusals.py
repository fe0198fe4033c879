"""Figure: what a form costs that is refused.

A form of 10 GiB is sent until the answer comes. What was sent by then is the most that the server
can have read, the sockets' buffers included; what it wrote is counted by the kernel, less its log;
what is left lies in its directory of blobs or in files without a name.

Four forms: one longer than its policy allows that says so (Content-Length), which is refused for
that before anything else, and three that come in chunks, so that nobody knows how long they are:
one without a signature, one that expired, and one that turns out to be too long as it comes.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import processes
from bench.endpoint import Endpoint
from bench.figure import Figure, Progress, Rounds
from bench.forms import WireForm, signed_form, write_form
from bench.plan import KIB, Plan
from bench.servers import Server, in_fresh_server, pillarbox
from bench.sizes import in_words

NAME = "refusals"

_KEY = "bench/refused"
_PIECE = bytes(64 * KIB)
_CHUNK = b"%x\r\n%b\r\n" % (len(_PIECE), _PIECE)
#: Small, so that what was sent is near to what was read.
_SEND_BUFFER = 64 * KIB
_ANSWER_SECONDS = 60.0


class RefusalError(Exception):
    """A form was not refused, or not in the way that is measured."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that must be refused, and the code of the answer."""

    what: str
    code: bytes
    write: Callable[[Endpoint, Plan], WireForm]
    is_chunked: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes: sent until the answer, written to files meanwhile, left on the disk."""

    sent: int
    written: int
    left: int


def _unsigned(endpoint: Endpoint, _plan: Plan) -> WireForm:
    return write_form(signed_form(endpoint).action, {"key": _KEY}, None)


def _expired(endpoint: Endpoint, _plan: Plan) -> WireForm:
    form = signed_form(endpoint, now=datetime.now(UTC) - timedelta(hours=2))
    return write_form(form.action, {**form.fields, "key": _KEY}, None)


def _oversize(endpoint: Endpoint, plan: Plan) -> WireForm:
    form = signed_form(endpoint, max_size=plan.refused_limit)
    return write_form(form.action, {**form.fields, "key": _KEY}, plan.refused_size)


def _oversize_by_streaming(endpoint: Endpoint, plan: Plan) -> WireForm:
    form = signed_form(endpoint, max_size=plan.refused_limit)
    return write_form(form.action, {**form.fields, "key": _KEY}, None)


ATTEMPTS = (
    Attempt("unsigned", b"AccessDenied", _unsigned, is_chunked=True),
    Attempt("expired", b"Policy expired", _expired, is_chunked=True),
    Attempt("oversize, announced", b"EntityTooLarge", _oversize),
    Attempt("oversize, by streaming", b"EntityTooLarge", _oversize_by_streaming, is_chunked=True),
)


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Send each form to a fresh server, once a round."""
    found = Rounds()
    for number in range(plan.rounds):
        progress(f"{NAME}: round {number + 1} of {plan.rounds}")
        costs = in_fresh_server(
            pillarbox,
            folder,
            lambda server: {each.what: _cost(server, plan, each) for each in ATTEMPTS},
        )
        for what, cost in costs.items():
            found.add("KiB", {f"{what}: sent": cost.sent / KIB})
            found.add("KiB", {f"{what}: written": cost.written / KIB})
            found.add("KiB", {f"{what}: left": cost.left / KIB})
    size, limit = in_words(plan.refused_size), in_words(plan.refused_limit)
    title = f"refused forms of {size} (oversize: over {limit}), sent, written and left"
    return Figure(NAME, title, found.lines(), ())


def _cost(server: Server, plan: Plan, attempt: Attempt) -> Cost:
    log = server.folder / "log"
    written, logged = processes.written_bytes(server.worker), log.stat().st_size
    form = attempt.write(server.endpoint, plan)
    sent, answer = send_until_answer(server.endpoint, form, plan.refused_size, attempt.is_chunked)
    if attempt.code not in answer:
        raise RefusalError(f"a form that is {attempt.what} got {answer[:300]!r}")
    time.sleep(plan.rest_seconds)
    grown = log.stat().st_size - logged
    written = max(0, processes.written_bytes(server.worker) - written - grown)
    return Cost(sent, written, left_bytes(server))


def send_until_answer(
    endpoint: Endpoint, form: WireForm, size: int, is_chunked: bool
) -> tuple[int, bytes]:
    """Send a form of `size` zeros until something comes back: bytes sent, and the answer.

    Raises:
        RefusalError: no answer came, although all was sent.
    """
    piece = _CHUNK if is_chunked else _PIECE
    sent = 0
    with socket.create_connection((endpoint.host, endpoint.port), _ANSWER_SECONDS) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        connection.sendall(form.head)
        connection.setblocking(False)
        rest = memoryview(piece)
        while sent < size:
            readable, writable, _ = select.select([connection], [connection], [], _ANSWER_SECONDS)
            if readable or not writable:
                break
            try:
                done = connection.send(rest)
            except (BrokenPipeError, ConnectionResetError):
                break
            sent += done
            rest = rest[done:] or memoryview(piece)
        connection.settimeout(_ANSWER_SECONDS)
        return sent, _answer(connection)


def _answer(connection: socket.socket) -> bytes:
    """The answer, or what of it came before the connection was reset."""
    said = b""
    try:
        while b"</Error>" not in said and (piece := connection.recv(65536)):
            said += piece
    except (ConnectionResetError, TimeoutError):
        pass
    if not said:
        raise RefusalError("no answer came")
    return said


def left_bytes(server: Server) -> int:
    """What blobs take on the disk, those included that have no name yet."""
    blobs = server.folder / "data" / "blobs"
    named = [path.stat() for path in blobs.rglob("*") if path.is_file()]
    nameless = processes.nameless_files(server.worker, blobs)
    return sum(status.st_blocks * 512 for status in [*named, *nameless])
