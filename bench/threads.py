"""Figure: the CPU time of the server's threads, for each form or GiB, as the kernel counts it.

The profile by which marks are explained: real requests over real sockets, so that what no profiler
of Python sees, the kernel's copies and granian's threads, is in it. On the same forms the floor
shows what the parser and the commit alone cost. What is left of both cores is the load generator's,
the kernel's own threads', and waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import bounds, durability, in_turn, processes, wrk
from bench.delivery import deliver_together
from bench.figure import Figure, Progress, Rounds
from bench.plan import GIB, Plan
from bench.servers import Server, floor, in_fresh_server, pillarbox
from bench.sizes import in_words
from bench.workspace import random_file

NAME = "threads"

#: What granian calls the threads of its runtime.
_GRANIAN = "tokio"
_CONNECTIONS = 32
_MICRO = 1e6


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Small forms over 32 connections, then one large form and several at once, once a round."""
    source = random_file(folder / "source", plan.large_size)
    ratios, details = Rounds(), Rounds()
    with in_turn.running({"Pillarbox": pillarbox, "floor": floor}, folder, plan.small_size) as both:
        for number in range(plan.rounds):
            progress(f"{NAME}: round {number + 1} of {plan.rounds}, small forms")
            loops = {}
            for name, server in both.items():
                costs = _of_small_forms(server, plan, f"r{number}")
                loops[name] = costs["event loop"]
                details.add("µs", {f"{name}, {thread}": us for thread, us in costs.items()})
            ratios.add(
                "ratio", {"event loop, Pillarbox / floor": loops["Pillarbox"] / loops["floor"]}
            )
    for number in range(plan.rounds):
        for count in (1, plan.forms_at_once):
            progress(f"{NAME}: round {number + 1} of {plan.rounds}, {count} large")
            bounds.settle()
            send = partial(_of_large_forms, source=source, count=count)
            costs = in_fresh_server(pillarbox, folder, send)
            details.add("CPU s/GiB", {f"{count} large, {name}": s for name, s in costs.items()})
    source.unlink()
    title = f"CPU of threads, for a form of {in_words(plan.small_size)} and for a GiB"
    return Figure(NAME, title, ratios.lines(), details.lines(), durability.notes("Pillarbox"))


def _of_small_forms(server: Server, plan: Plan, run: str) -> dict[str, float]:
    """Microseconds of each kind of thread for a form; the whole of both cores stands beside."""
    bounds.settle()
    began = time.perf_counter()
    load: list[wrk.Load] = []
    costs = _spent(
        server,
        lambda: load.append(
            wrk.drive(server.endpoint, plan.small_size, _CONNECTIONS, plan.small_seconds, run)
        ),
    )
    seconds = time.perf_counter() - began
    forms = load[0].per_second * plan.small_seconds
    return {name: spent * _MICRO / forms for name, spent in costs.items()} | {
        "time between two": seconds * _MICRO / forms
    }


def _of_large_forms(server: Server, source: Path, count: int) -> dict[str, float]:
    """CPU seconds of each kind of thread for a GiB."""
    costs = _spent(server, lambda: deliver_together(server.endpoint, [source] * count))
    gib = source.stat().st_size * count / GIB
    return {name: spent / gib for name, spent in costs.items()}


def _spent(server: Server, work: Callable[[], object]) -> dict[str, float]:
    """CPU seconds of the worker's threads while `work` is done, by kind."""
    before = processes.thread_seconds(server.worker)
    work()
    after = processes.thread_seconds(server.worker)
    loop, granian, others = 0.0, 0.0, []
    for thread, (name, seconds) in after.items():
        spent = seconds - before.get(thread, (name, 0.0))[1]
        if thread == server.worker:
            loop = spent
        elif name.startswith(_GRANIAN):
            granian += spent
        else:
            others.append(spent)
    others.sort(reverse=True)
    return {
        "event loop": loop,
        "granian": granian,
        "busiest other": sum(others[:1]),
        "all the rest": sum(others[1:]),
    }
