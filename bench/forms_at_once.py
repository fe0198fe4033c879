"""Figure: several large forms at once, against the disk.

One MD5 no longer fills one core: several hashes, writes and senders share all of them. The bound is
the disk, as so many `dd conv=fdatasync` at once find it. Where the cores are the bound instead,
they are all busy, and what counts is the CPU time that the server needs for each GiB.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import bounds, durability
from bench.delivery import deliver_together
from bench.figure import Figure, Progress, Rounds
from bench.plan import GIB, Plan
from bench.servers import Server, in_fresh_server, pillarbox
from bench.sizes import in_words
from bench.workspace import random_file

NAME = "forms-at-once"


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Send `plan.forms_at_once` forms of `plan.large_size` bytes at once, once a round."""
    source = random_file(folder / "source", plan.large_size)
    ratios, details = Rounds(), Rounds()
    count = plan.forms_at_once
    for number in range(plan.rounds):
        progress(f"{NAME}: round {number + 1} of {plan.rounds}")
        bounds.settle()
        disk = _disk_seconds(source, folder, count)
        took, server_cpu, all_cpu = in_fresh_server(
            pillarbox, folder, lambda server: _deliver(server, source, count)
        )
        ratios.add("ratio", {"disk / Pillarbox": disk / took})
        ratios.add("ratio", {"cores busy": all_cpu / took / (os.cpu_count() or 1)})
        per_gib = GIB / (source.stat().st_size * count)
        ratios.add("CPU s/GiB", {"Pillarbox, CPU": server_cpu * per_gib})
        details.add("s", {"Pillarbox": took, f"{count} dd conv=fdatasync": disk})
        details.add("CPU s/GiB", {"senders, CPU": (all_cpu - server_cpu) * per_gib})
    source.unlink()
    title = (
        f"{count} forms of {in_words(plan.large_size)} at once: seconds of the disk over ours, CPU"
    )
    notes = durability.notes("Pillarbox", "dd")
    return Figure(NAME, title, ratios.lines(), details.lines(), notes)


def _disk_seconds(source: Path, folder: Path, count: int) -> float:
    """Seconds until so many `dd` of the same bytes, begun together, have all ended."""
    targets = [folder / f"dd-{number}" for number in range(count)]
    start = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda target: bounds.copy_durably(source, target), targets))
    seconds = time.perf_counter() - start
    for target in targets:
        target.unlink()
    return seconds


def _deliver(server: Server, source: Path, count: int) -> tuple[float, float, float]:
    """Seconds until all are answered, CPU seconds of the server, and of server and senders."""
    before = server.cpu_seconds()
    start = time.perf_counter()
    sent = deliver_together(server.endpoint, [source] * count)
    seconds = time.perf_counter() - start
    cpu = server.cpu_seconds() - before
    return seconds, cpu, cpu + sum(delivery.cpu_seconds for delivery in sent)
