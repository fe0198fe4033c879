"""Results: the values of all rounds, and their medians."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Unit = Literal["s", "MiB", "/s", "ms", "ratio", "CPU s/GiB"]

#: Tells whoever waits what is being done.
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One value, measured once a round.

    Attributes:
        what: in words, for the table.
        values: in the order of the rounds.
    """

    what: str
    unit: Unit
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of all rounds."""
        return median(self.values)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one part of the bench found.

    Attributes:
        name: as in `--only`.
        title: one line for the reader.
        ratios: the figure itself, each against its bound.
        details: what the ratios are made of.
    """

    name: str
    title: str
    ratios: tuple[Line, ...]
    details: tuple[Line, ...]


@dataclass(slots=True)
class Rounds:
    """Values as they are measured, round after round."""

    _lines: dict[str, tuple[Unit, list[float]]] = field(default_factory=dict)

    def add(self, unit: Unit, values: Mapping[str, float]) -> None:
        """Note one round's values by what they are."""
        for what, value in values.items():
            self._lines.setdefault(what, (unit, []))[1].append(value)

    def lines(self) -> tuple[Line, ...]:
        """All values so far, in the order in which they were first noted."""
        return tuple(
            Line(what, unit, tuple(values)) for what, (unit, values) in self._lines.items()
        )
