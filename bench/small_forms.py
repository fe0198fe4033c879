"""Figure: small durable forms a second.

Against granian alone, which receives the same forms and keeps nothing, and against the floor,
which parses and commits them but asks for nothing. All three run through the whole figure and are
driven in turn by wrk, every form under a new key.
"""

from __future__ import annotations

from pathlib import Path

from bench import durability, in_turn, wrk
from bench.figure import Figure, Progress, Rounds
from bench.plan import Plan
from bench.servers import bare, floor, pillarbox
from bench.sizes import in_words, of_connections

NAME = "small-forms"

_SERVERS = {"Pillarbox": pillarbox, "floor": floor, "bare granian": bare}


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Drive each server for `plan.small_seconds` a round with each number of connections."""
    ratios, details = Rounds(), Rounds()
    size, seconds = plan.small_size, plan.small_seconds
    with in_turn.running(_SERVERS, folder, size) as servers:
        for number in range(plan.rounds):
            for connections in plan.connections:
                progress(f"{NAME}: round {number + 1} of {plan.rounds}, connections: {connections}")
                run = f"r{number}c{connections}"
                loads = in_turn.drive(servers, size, connections, seconds, run)
                _note(ratios, details, loads, connections)
    title = f"forms of {in_words(size)} a second, Pillarbox over the other"
    notes = durability.notes(*_SERVERS)
    return Figure(NAME, title, ratios.lines(), details.lines(), notes)


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
