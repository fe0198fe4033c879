"""Results: the values of all rounds, and their medians."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Unit = Literal["s", "MiB", "KiB", "/s", "ms", "µs", "ratio", "CPU s/GiB", "times"]

#: Tells whoever waits what is being done.
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One value, measured once a round.

    Attributes:
        what: in words, for the table.
        values: in the order of the rounds.
        noted: when each was noted, in seconds of the monotonic clock.
        marked: rounds, the first is 1, in which the disk was slower than in the others.
    """

    what: str
    unit: Unit
    values: tuple[float, ...]
    noted: tuple[float, ...] = ()
    marked: tuple[int, ...] = ()

    @property
    def median(self) -> float:
        """The middle of all rounds."""
        return median(self.values)

    @property
    def calm_median(self) -> float:
        """The middle of the rounds that are not marked; of all, if all are."""
        calm = [value for number, value in enumerate(self.values, 1) if number not in self.marked]
        return median(calm or self.values)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one part of the bench found.

    Attributes:
        name: as in `--only`.
        title: one line for the reader.
        ratios: the figure itself, each against its bound.
        details: what the ratios are made of.
        notes: what a reader must know beside the numbers, such as how durable an answer is.
    """

    name: str
    title: str
    ratios: tuple[Line, ...]
    details: tuple[Line, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Column:
    unit: Unit
    values: list[float] = field(default_factory=list)
    noted: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Rounds:
    """Values as they are measured, round after round."""

    _columns: dict[str, _Column] = field(default_factory=dict)

    def add(self, unit: Unit, values: Mapping[str, float]) -> None:
        """Note one round's values by what they are."""
        for what, value in values.items():
            column = self._columns.setdefault(what, _Column(unit))
            column.values.append(value)
            column.noted.append(time.monotonic())

    def lines(self) -> tuple[Line, ...]:
        """All values so far, in the order in which they were first noted."""
        return tuple(
            Line(what, column.unit, tuple(column.values), tuple(column.noted))
            for what, column in self._columns.items()
        )
