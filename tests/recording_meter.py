"""A meter that remembers what it was told."""

from __future__ import annotations

from collections import Counter

from pillarbox.model.metrics import Metric

Labels = tuple[str, ...]


class RecordingMeter:
    """Sums of what was added, and how often; the last of what was set; all that was observed."""

    def __init__(self) -> None:
        self.added: Counter[tuple[Metric, Labels]] = Counter()
        self.additions: Counter[Metric] = Counter()
        self.last: dict[tuple[Metric, Labels], float] = {}
        self.observed: list[tuple[Metric, Labels, float]] = []

    def add(self, metric: Metric, amount: float = 1.0, labels: Labels = ()) -> None:
        self.added[metric, labels] += amount  # type: ignore[assignment]
        self.additions[metric] += 1

    def set(self, metric: Metric, value: float, labels: Labels = ()) -> None:
        self.last[metric, labels] = value

    def observe(self, metric: Metric, value: float, labels: Labels = ()) -> None:
        self.observed.append((metric, labels, value))

    def values(self, metric: Metric, labels: Labels = ()) -> list[float]:
        """What was observed of one series."""
        return [value for other, own, value in self.observed if (other, own) == (metric, labels)]
