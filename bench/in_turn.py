"""Servers that run through a whole figure and are driven in turn by wrk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from bench import bounds, wrk
from bench.servers import Server, started_together

#: Seconds before the first round: imports, prepared statements, first pages of the catalog.
_WARM_UP = 1.0


@contextmanager
def running(
    starts: Mapping[str, Callable[[Path], AbstractContextManager[Server]]], folder: Path, size: int
) -> Iterator[dict[str, Server]]:
    """Servers by name, each in a folder of its own and warm.

    Args:
        starts: by name, in the order of the turns.
        size: of the forms that warm them up, in bytes.
    """
    own = {name: folder / name.replace(" ", "-") for name in starts}
    for place in own.values():
        place.mkdir()
    with started_together(
        {name: partial(start, own[name]) for name, start in starts.items()}
    ) as servers:
        for server in servers.values():
            wrk.drive(server.endpoint, size, 2, _WARM_UP, "warm")
        yield servers


def drive(
    servers: Mapping[str, Server], size: int, connections: int, seconds: float, run: str
) -> dict[str, wrk.Load]:
    """Drive one after the other; arguments as of `wrk.drive`."""
    loads = {}
    for name, server in servers.items():
        bounds.settle()
        loads[name] = wrk.drive(server.endpoint, size, connections, seconds, run)
    return loads
