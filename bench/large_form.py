"""Figure: one large form against what bounds it.

No server can be faster than MD5 on one core, than the disk, or than all cores sharing the work of
hashing, of receiving into a file (by nginx) and of sending. The bound is the largest of the three;
the ratio is the bound over what Pillarbox needed, so 1 would be perfect.
"""

from __future__ import annotations

import os
from pathlib import Path

from bench import bounds, durability
from bench.delivery import deliver
from bench.figure import Figure, Progress, Rounds
from bench.plan import GIB, MIB, Plan
from bench.servers import Server, in_fresh_server, nginx, nginx_program, pillarbox
from bench.workspace import random_file

NAME = "large-form"


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Send `plan.large_size` bytes in one form, once a round."""
    source = random_file(folder / "source", plan.large_size)
    ratios, details = Rounds(), Rounds()
    for number in range(plan.rounds):
        progress(f"{NAME}: round {number + 1} of {plan.rounds}")
        _round(source, folder, ratios, details)
    source.unlink()
    size = plan.large_size // MIB
    title = f"one form of {size} MiB: bound over seconds, CPU"
    notes = durability.notes("Pillarbox", "dd", "nginx")
    return Figure(NAME, title, ratios.lines(), details.lines(), notes)


def _round(source: Path, folder: Path, ratios: Rounds, details: Rounds) -> None:
    hashing = bounds.md5(source)
    bounds.settle()
    disk = bounds.disk_seconds(source, folder)
    bound = {"MD5": hashing.seconds, "dd conv=fdatasync": disk}
    if nginx_program() is not None:
        receiving, sending = in_fresh_server(
            nginx, folder, lambda server: bounds.receiving_cpu(server, source, "large")
        )
        work = hashing.cpu_seconds + receiving + sending
        bound["CPU of MD5, nginx and sender / cores"] = work / (os.cpu_count() or 1)
    took, cpu = in_fresh_server(pillarbox, folder, lambda server: _deliver(server, source))
    ratios.add("ratio", {"bound / Pillarbox": max(bound.values()) / took})
    ratios.add("CPU s/GiB", {"Pillarbox, CPU": cpu * GIB / source.stat().st_size})
    details.add("s", {"Pillarbox": took, **bound})


def _deliver(server: Server, source: Path) -> tuple[float, float]:
    """Seconds of one form, and the server's CPU seconds."""
    before = server.cpu_seconds()
    delivery = deliver(server.endpoint, source, "large")
    return delivery.seconds, server.cpu_seconds() - before
