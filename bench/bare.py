"""granian alone: an ASGI application that reads a body and answers 204.

The most that the server below Pillarbox can do: no parsing, no rule, no disk. Its settings are
those of `pillarbox.server.supervisor`.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Read the body, answer 204."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def serve(port: int) -> None:
    """Serve on loopback until SIGTERM."""
    Granian(
        "bench.bare:app",
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        loop=Loops.uvloop,
        websockets=False,
        backlog=4096,
        backpressure=4096,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    serve(parser.parse_args().port)
