"""How much is measured: sizes, seconds and rounds."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes in bytes, times in seconds.

    Attributes:
        rounds: interleaved runs of each figure; the median of each value is reported.
        large_size: the file of figure 1.
        small_size: the file of figure 2.
        small_seconds: how long each server of figure 2 is driven in a round.
        connections: of the load generator, one line of the table each.
        long_size: the file whose upload is watched in figure 3.
        stalled_uploads: how many uploads stand still in figure 3.
        stalled_size: what each has sent of its file when it stops.
        listed_objects: in the buckets of figure 4, the first one is what the others are held
            against; multiples of `bench.crowd.FOLDERS`.
        listed_pages: pages of each kind and bucket in a round.
        rest_seconds: until a worker's memory is read; by then what came is hashed and written.
    """

    rounds: int = 5
    large_size: int = GIB
    small_size: int = 4 * KIB
    small_seconds: float = 6.0
    connections: tuple[int, ...] = (32, 1)
    long_size: int = 5 * GIB
    stalled_uploads: int = 100
    stalled_size: int = MIB
    listed_objects: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    listed_pages: int = 300
    rest_seconds: float = 2.0

    @property
    def disk_space(self) -> int:
        """Bytes that may lie in the workspace at once, with some air."""
        forms = int(self.rounds * self.small_seconds * 2 * len(self.connections) * 10_000)
        small = forms * (self.small_size + KIB)
        large = 4 * self.large_size
        memory = self.long_size + self.stalled_uploads * self.stalled_size
        return max(small, large, memory) + sum(self.listed_objects) * KIB + GIB


FULL = Plan()

#: About a minute: shows a trend, not a figure to be quoted.
QUICK = Plan(
    rounds=3,
    large_size=256 * MIB,
    small_seconds=2.0,
    long_size=GIB,
    listed_objects=(1_000, 100_000),
    listed_pages=100,
)
