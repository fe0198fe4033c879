"""Figure: small durable forms a second.

Against granian alone, which receives the same forms and keeps nothing, and against the floor,
which parses and commits them but asks for nothing. All three run through the whole figure and are
driven in turn by wrk, every form under a new key.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from bench import bounds, wrk
from bench.figure import Figure, Progress, Rounds
from bench.plan import Plan
from bench.servers import Server, bare, floor, pillarbox
from bench.sizes import in_words, of_connections

NAME = "small-forms"

_SERVERS = {"Pillarbox": pillarbox, "floor": floor, "bare granian": bare}
#: Seconds before the first round: imports, prepared statements, first pages of the catalog.
_WARM_UP = 1.0


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Drive each server for `plan.small_seconds` a round with each number of connections."""
    ratios, details = Rounds(), Rounds()
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name, start in _SERVERS.items():
            own = folder / name.replace(" ", "-")
            own.mkdir()
            servers[name] = stack.enter_context(start(own))
            wrk.drive(servers[name].endpoint, plan.small_size, 2, _WARM_UP, "warm")
        for number in range(plan.rounds):
            for connections in plan.connections:
                progress(f"{NAME}: round {number + 1} of {plan.rounds}, connections: {connections}")
                loads = _round(plan, servers, connections, f"r{number}c{connections}")
                _note(ratios, details, loads, connections)
    return Figure(
        NAME,
        f"forms of {in_words(plan.small_size)} a second, Pillarbox over the other",
        ratios.lines(),
        details.lines(),
    )


def _round(
    plan: Plan, servers: dict[str, Server], connections: int, run: str
) -> dict[str, wrk.Load]:
    loads = {}
    for name, server in servers.items():
        bounds.settle()
        loads[name] = wrk.drive(
            server.endpoint, plan.small_size, connections, plan.small_seconds, run
        )
    return loads


def _note(ratios: Rounds, details: Rounds, loads: dict[str, wrk.Load], connections: int) -> None:
    where = of_connections(connections)
    ours = loads["Pillarbox"]
    for name, load in loads.items():
        if load is not ours:
            ratios.add("ratio", {f"Pillarbox / {name}, {where}": ours.per_second / load.per_second})
        details.add("/s", {f"{name}, {where}": load.per_second})
    ratios.add("times", {f"p99 / p50, {where}": ours.p99_ms / ours.p50_ms})
    details.add("ms", {f"Pillarbox, {where}, p50": ours.p50_ms})
    details.add("ms", {f"Pillarbox, {where}, p99": ours.p99_ms})
