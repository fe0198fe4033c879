"""Two workers against one.

The same forms go in turn to a server with one worker and to one with two, small ones by wrk over
few and many connections, large ones alone and several at once. Over 1, two workers are faster.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench import bounds, processes, wrk
from bench.delivery import deliver
from bench.figure import Figure, Progress, Rounds
from bench.plan import MIB, Plan
from bench.servers import Server, pillarbox
from bench.workspace import random_file

NAME = "workers"

_NUMBERS = (1, 2)
_MANY = 256  # connections
#: Large forms at once, which have together the size of the single one.
_AT_ONCE = 4
_WARM_UP = 1.0


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Drive both servers in turn, `plan.rounds` times."""
    ratios, details = Rounds(), Rounds()
    large = random_file(folder / "large", plan.large_size)
    piece = random_file(folder / "piece", plan.large_size // _AT_ONCE)
    with ExitStack() as stack:
        servers = {number: _started(stack, folder, number) for number in _NUMBERS}
        for server in servers.values():
            wrk.drive(server.endpoint, plan.small_size, 8, _WARM_UP, "warm")
        for number in range(plan.rounds):
            progress(f"{NAME}: round {number + 1} of {plan.rounds}")
            for connections in (*plan.connections, _MANY):
                _drive_small(
                    plan, servers, connections, f"r{number}c{connections}", ratios, details
                )
            _send_large(servers, [large], ratios, details)
            _send_large(servers, [piece] * _AT_ONCE, ratios, details)
        for count, server in servers.items():
            family = processes.family(server.pid)
            memory = sum(processes.memory(pid).now for pid in family) / MIB
            details.add("MiB", {f"all processes with {_named(count)}, resident": memory})
    return Figure(NAME, "two workers over one", ratios.lines(), details.lines())


def _started(stack: ExitStack, folder: Path, number: int) -> Server:
    own = folder / f"workers-{number}"
    own.mkdir()
    return stack.enter_context(pillarbox(own, workers=number))


def _drive_small(
    plan: Plan,
    servers: dict[int, Server],
    connections: int,
    run: str,
    ratios: Rounds,
    details: Rounds,
) -> None:
    where = "1 connection" if connections == 1 else f"{connections} connections"
    loads = {}
    for number, server in servers.items():
        bounds.settle()
        load = wrk.drive(server.endpoint, plan.small_size, connections, plan.small_seconds, run)
        loads[number] = load
        details.add("/s", {f"{where}, {_named(number)}": load.per_second})
        details.add("ms", {f"{where}, {_named(number)}, p50": load.p50_ms})
        details.add("ms", {f"{where}, {_named(number)}, p99": load.p99_ms})
    ratios.add("ratio", {f"forms a second, {where}": loads[2].per_second / loads[1].per_second})


def _send_large(
    servers: dict[int, Server], sources: list[Path], ratios: Rounds, details: Rounds
) -> None:
    what = f"{len(sources)} x {sources[0].stat().st_size // MIB} MiB"
    took = {}
    for number, server in servers.items():
        bounds.settle()
        send = partial(deliver, server.endpoint)
        with ThreadPoolExecutor(len(sources)) as threads:
            names = [f"large-{place}" for place in range(len(sources))]
            sent = list(threads.map(send, sources, names))
        took[number] = max(delivery.seconds for delivery in sent)
        details.add("s", {f"{what}, {_named(number)}": took[number]})
    ratios.add("ratio", {f"speed of {what}": took[1] / took[2]})


def _named(number: int) -> str:
    return "1 worker" if number == 1 else f"{number} workers"
