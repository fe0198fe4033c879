"""Figure: the same forms for Pillarbox and for other systems, in the same minute.

All run through the whole figure and are driven in turn: small forms by wrk, a larger one by
sendfile.
Bare speeds of different promises are no comparison, so the notes say what an answer of each means.
A system that does not take a form is left out from there on, and the notes say that too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from bench import bounds, durability, wrk
from bench.delivery import SendingError, deliver
from bench.endpoint import Endpoint
from bench.figure import Figure, Progress, Rounds
from bench.plan import Plan
from bench.servers import ServerError
from bench.sizes import in_words, of_connections
from bench.systems import OURS, System
from bench.workspace import random_file

NAME = "comparison"

T = TypeVar("T")

_WARM_UP = 1.0


def measure(systems: Sequence[System], plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Drive Pillarbox and `systems` with each number of connections and one larger form."""
    return _Comparison(plan, folder, progress).run([OURS, *systems])


class _Comparison:
    """One run: what was measured, and who has dropped out."""

    def __init__(self, plan: Plan, folder: Path, progress: Progress) -> None:
        self._plan = plan
        self._folder = folder
        self._progress = progress
        self._ratios, self._details = Rounds(), Rounds()
        self._notes: list[str] = []
        self._endpoints: dict[str, Endpoint] = {}
        self._source = random_file(folder / "source", plan.compared_size)

    def run(self, systems: Sequence[System]) -> Figure:
        rounds = self._plan.rounds
        with ExitStack() as stack:
            for number, system in enumerate(systems):
                self._start(stack, system, self._folder / str(number))
            for number in range(rounds):
                for count in self._plan.connections:
                    self._progress(
                        f"{NAME}: round {number + 1} of {rounds}, {of_connections(count)}"
                    )
                    self._small(count, f"r{number}c{count}")
                self._progress(f"{NAME}: round {number + 1} of {rounds}, a larger form")
                self._large(f"large-{number}")
        title = "the same forms for other systems, speed of Pillarbox over theirs"
        lines = self._ratios.lines(), self._details.lines()
        return Figure(NAME, title, *lines, notes=tuple(self._notes))

    def _start(self, stack: ExitStack, system: System, folder: Path) -> None:
        self._progress(f"{NAME}: starting {system.name}")
        folder.mkdir()
        try:
            endpoint = stack.enter_context(system.start(folder))
            # The first form of all can take seconds: Ceph's gateway makes its pools for it.
            deliver(endpoint, self._source, "first")
            wrk.drive(endpoint, self._plan.small_size, 2, _WARM_UP, "warm")
        except (SendingError, ServerError, wrk.WrkError) as error:
            if system is OURS:
                raise
            self._notes.append(f"{system.name}: left out, {error}")
        else:
            self._endpoints[system.name] = endpoint
            self._notes.append(durability.note(system.name, system.durability))

    def _small(self, count: int, run: str) -> None:
        plan = self._plan
        loads = self._each(
            lambda endpoint: wrk.drive(endpoint, plan.small_size, count, plan.small_seconds, run)
        )
        where = f"{in_words(plan.small_size)}, {of_connections(count)}"
        ours = loads[OURS.name]
        for name, load in loads.items():
            if name != OURS.name:
                ratio = ours.per_second / load.per_second
                self._ratios.add("ratio", {f"Pillarbox / {name}, {where}": ratio})
            self._details.add("/s", {f"{name}, {where}": load.per_second})
            self._details.add("ms", {f"{name}, {where}, p50": load.p50_ms})
            self._details.add("ms", {f"{name}, {where}, p99": load.p99_ms})

    def _large(self, name: str) -> None:
        taken = self._each(lambda endpoint: deliver(endpoint, self._source, name).seconds)
        what = f"one form of {in_words(self._plan.compared_size)}"
        ours = taken[OURS.name]
        for system, seconds in taken.items():
            if system != OURS.name:
                self._ratios.add("ratio", {f"Pillarbox / {system}, {what}": seconds / ours})
            self._details.add("s", {f"{system}, {what}": seconds})

    def _each(self, drive: Callable[[Endpoint], T]) -> dict[str, T]:
        """What `drive` finds at each system that is still in; ours must be."""
        found = {}
        for name, endpoint in list(self._endpoints.items()):
            bounds.settle()
            try:
                found[name] = drive(endpoint)
            except (SendingError, wrk.WrkError) as error:
                if name == OURS.name:
                    raise
                del self._endpoints[name]
                self._notes.append(f"{name}: left out from here on, {error}")
        return found
