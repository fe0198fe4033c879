"""A server whose application tells about the process that it runs in; run as a script.

    python probe_server.py DIR PORT DRAIN_SECONDS [spawn]

What `pillarbox.server.process` does must hold for any application, and this one can be asked:
`GET /process` tells what its process is, `POST /` counts a body, `/spin` never answers.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pillarbox.model.objects import AccessKey
from pillarbox.model.refusals import Refusal
from pillarbox.server.drain import Drain
from pillarbox.server.process import serve
from pillarbox.server.settings import Settings

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


@dataclass
class ProbeApplication:
    """Answers about its process."""

    drain: Drain
    modules_at_load: list[str]
    files_at_load: list[str]
    refusal: Refusal | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["path"] == "/process":
            await self._answer(send, 200, self._process())
        elif scope["path"] == "/spin":
            print("spinning", flush=True)
            await asyncio.Event().wait()
        else:
            await self._count(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        if os.environ.get("PROBE_FAILS"):
            raise RuntimeError("the probe fails on purpose")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("lifespan ended", flush=True)
        await send({"type": "lifespan.shutdown.complete"})

    def _process(self) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "parent": os.getppid(),
            "modules_at_load": self.modules_at_load,
            "files_at_load": self.files_at_load,
        }

    async def _count(self, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None

        def interrupt(refusal: Refusal) -> None:
            self.refusal = refusal
            task.cancel()

        size, more = 0, True
        with self.drain.interrupting(interrupt):
            try:
                while more:
                    message = await receive()
                    assert message["type"] == "http.request", message
                    size += len(message["body"])
                    more = message.get("more_body", False)
                    if size and more:
                        print("body begun", flush=True)
            except asyncio.CancelledError:
                assert self.refusal is not None
                task.uncancel()
                await self._answer(send, self.refusal.status, {"code": self.refusal.code})
                return
        await self._answer(send, 200, {"size": size})

    async def _answer(self, send: Send, status: int, answer: object) -> None:
        body = json.dumps(answer).encode()
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def make_probe(settings: Settings, drain: Drain) -> ProbeApplication:
    """The application, with what the process had loaded and opened before it."""
    return ProbeApplication(drain, sorted(sys.modules), open_files(os.getpid()))


def open_files(pid: int) -> list[str]:
    """What the descriptors of a process refer to."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return found


def main() -> int:
    """Serve as the arguments say."""
    directory, port, drain_seconds, *rest = sys.argv[1:]
    if rest:
        multiprocessing.set_start_method(rest[0])
    settings = Settings(
        Path(directory),
        port=int(port),
        workers=int(os.environ.get("PROBE_WORKERS", "1")),
        drain_timeout=float(drain_seconds),
    )
    key = AccessKey(id="probe", secret=os.environ["PROBE_SECRET"], account_id="root")
    return serve(settings, key, make_probe)


if __name__ == "__main__":
    sys.exit(main())
