"""Figure: forms of several sizes over several numbers of connections.

Against the floor, which parses and commits the same forms but asks for nothing. Both are driven in
turn by wrk, every form under a new key, and begin each round with nothing stored.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench import durability, in_turn, wrk
from bench.figure import Figure, Progress, Rounds
from bench.plan import Plan
from bench.servers import floor, pillarbox
from bench.sizes import in_words, of_connections

NAME = "form-sizes"

_SERVERS = {"Pillarbox": pillarbox, "floor": floor}


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Drive both servers with each size and number of connections, once a round."""
    ratios, details = Rounds(), Rounds()
    cells = [(size, count) for size in plan.form_sizes for count in plan.cell_connections]
    for number in range(plan.rounds):
        progress(f"{NAME}: round {number + 1} of {plan.rounds}, starting")
        with (
            TemporaryDirectory(dir=folder) as own,
            in_turn.running(_SERVERS, Path(own), plan.form_sizes[0]) as servers,
        ):
            for place, (size, count) in enumerate(cells):
                where = f"{in_words(size)}, {of_connections(count)}"
                progress(f"{NAME}: round {number + 1} of {plan.rounds}, {where}")
                seconds = plan.seconds_of(size, count)
                loads = in_turn.drive(servers, size, count, seconds, f"c{place}")
                _note(ratios, details, loads, where)
    title = "forms a second by size and connections, Pillarbox over the floor"
    notes = durability.notes(*_SERVERS)
    return Figure(NAME, title, ratios.lines(), details.lines(), notes)


def _note(ratios: Rounds, details: Rounds, loads: dict[str, wrk.Load], where: str) -> None:
    ours, lowest = loads["Pillarbox"], loads["floor"]
    ratios.add("ratio", {where: ours.per_second / lowest.per_second})
    details.add("/s", {f"Pillarbox, {where}": ours.per_second})
    details.add("/s", {f"floor, {where}": lowest.per_second})
    details.add("ms", {f"Pillarbox, {where}, p50": ours.p50_ms})
    details.add("ms", {f"Pillarbox, {where}, p99": ours.p99_ms})
