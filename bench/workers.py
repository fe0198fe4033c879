"""Two workers against one.

The same forms go in turn to a server with one worker and to one with two, small ones by wrk over
few and many connections, large ones alone and several at once. Over 1, two workers are faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from bench import bounds, in_turn, processes
from bench.delivery import deliver_together
from bench.figure import Figure, Progress, Rounds
from bench.plan import MIB, Plan
from bench.servers import Server, pillarbox
from bench.sizes import of_connections
from bench.workspace import random_file

NAME = "workers"

_ONE, _TWO = "1 worker", "2 workers"
_SERVERS: Mapping[str, Callable[[Path], AbstractContextManager[Server]]] = {
    _ONE: pillarbox,
    _TWO: partial(pillarbox, workers=2),
}
_MANY = 256  # connections
#: Large forms at once, which have together the size of the single one.
_AT_ONCE = 4


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Drive both servers in turn, `plan.rounds` times."""
    ratios, details = Rounds(), Rounds()
    large = random_file(folder / "large", plan.large_size)
    piece = random_file(folder / "piece", plan.large_size // _AT_ONCE)
    with in_turn.running(_SERVERS, folder, plan.small_size) as servers:
        for number in range(plan.rounds):
            progress(f"{NAME}: round {number + 1} of {plan.rounds}")
            for connections in (*plan.connections, _MANY):
                run = f"r{number}c{connections}"
                _drive_small(plan, servers, connections, run, ratios, details)
            _send_large(servers, [large], ratios, details)
            _send_large(servers, [piece] * _AT_ONCE, ratios, details)
        for name, server in servers.items():
            family = processes.family(server.pid)
            memory = sum(processes.memory(pid).now for pid in family) / MIB
            details.add("MiB", {f"all processes with {name}, resident": memory})
    return Figure(NAME, "two workers over one", ratios.lines(), details.lines())


def _drive_small(
    plan: Plan,
    servers: dict[str, Server],
    connections: int,
    run: str,
    ratios: Rounds,
    details: Rounds,
) -> None:
    where = of_connections(connections)
    loads = in_turn.drive(servers, plan.small_size, connections, plan.small_seconds, run)
    for name, load in loads.items():
        details.add("/s", {f"{where}, {name}": load.per_second})
        details.add("ms", {f"{where}, {name}, p50": load.p50_ms})
        details.add("ms", {f"{where}, {name}, p99": load.p99_ms})
    ratio = loads[_TWO].per_second / loads[_ONE].per_second
    ratios.add("ratio", {f"forms a second, {where}": ratio})


def _send_large(
    servers: dict[str, Server], sources: list[Path], ratios: Rounds, details: Rounds
) -> None:
    what = f"{len(sources)} x {sources[0].stat().st_size // MIB} MiB"
    took = {}
    for name, server in servers.items():
        bounds.settle()
        sent = deliver_together(server.endpoint, sources)
        took[name] = max(delivery.seconds for delivery in sent)
        details.add("s", {f"{what}, {name}": took[name]})
    ratios.add("ratio", {f"speed of {what}": took[_ONE] / took[_TWO]})
