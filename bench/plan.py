"""How much is measured: sizes, seconds and rounds."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

#: Bytes a second of a disk on which every connection shall still get several answers, and how many.
_SLOW_DISK = 100 * MIB
_ANSWERS = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes in bytes, times in seconds.

    Attributes:
        rounds: interleaved runs of each figure; the median of each value is reported.
        large_size: the file of a large form.
        small_size: the file of a small form.
        small_seconds: how long each server is driven with small forms in a round.
        connections: of the load generator, one line of the table each.
        forms_at_once: of `large_size`, sent together.
        form_sizes: files of the figure by sizes.
        cell_connections: of the load generator, for each of them.
        cell_seconds: how long a server is driven with one size and number of connections, at least.
        refused_size: what a refused form announces.
        refused_limit: of the policy that an oversize form has.
        read_small, read_large: objects that are read.
        read_connections: of the load generator, for the small one.
        read_seconds: how long a server is asked for the small one in a round.
        compared_size: the large form that other systems get.
        has_slow_systems: whether systems that take half a minute to start are compared.
        crowd: objects in the catalog that a server starts with; a multiple of
            `bench.crowd.FOLDERS`.
        orphans: blob files of a dead run beside them, for the sweep.
        long_size: the file whose upload is watched for its memory.
        stalled_uploads: how many uploads stand still.
        stalled_size: what each has sent of its file when it stops.
        listed_objects: in the buckets that are listed; the first one is what the others are held
            against; multiples of `bench.crowd.FOLDERS`.
        listed_pages: pages of each kind and bucket in a round.
        resumes: that a site gets each way.
        visitors: who send them, at a time.
        rest_seconds: until a worker's memory is read; by then what came is hashed and written.
    """

    rounds: int = 5
    large_size: int = GIB
    small_size: int = 4 * KIB
    small_seconds: float = 6.0
    connections: tuple[int, ...] = (32, 1)
    forms_at_once: int = 8
    form_sizes: tuple[int, ...] = (KIB, 4 * KIB, 64 * KIB, MIB)
    cell_connections: tuple[int, ...] = (1, 32, 256)
    cell_seconds: float = 2.0
    refused_size: int = 10 * GIB
    refused_limit: int = 100 * MIB
    read_small: int = 4 * KIB
    read_large: int = GIB
    read_connections: int = 32
    read_seconds: float = 4.0
    compared_size: int = 64 * MIB
    has_slow_systems: bool = True
    crowd: int = 1_000_000
    orphans: int = 100_000
    long_size: int = 5 * GIB
    stalled_uploads: int = 100
    stalled_size: int = MIB
    listed_objects: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    listed_pages: int = 300
    resumes: int = 500
    visitors: int = 8
    rest_seconds: float = 2.0

    def seconds_of(self, size: int, connections: int) -> float:
        """How long a server is driven with forms of `size` bytes over so many connections.

        Longer where so much is under way at once that the first answers take seconds.
        """
        return self.cell_seconds + _ANSWERS * size * connections / _SLOW_DISK

    @property
    def disk_space(self) -> int:
        """Bytes that may lie in the workspace at once, with some air."""
        forms = int(self.rounds * self.small_seconds * 2 * len(self.connections) * 10_000)
        small = forms * (self.small_size + KIB)
        # Two servers keep what comes in a round: 2,500 forms a second, or what a disk takes.
        sized = sum(
            2 * int(self.seconds_of(size, count) * min(size * 2_500, 300 * MIB))
            for size in self.form_sizes
            for count in self.cell_connections
        )
        large = (self.forms_at_once + 4) * self.large_size
        memory = self.long_size + self.stalled_uploads * self.stalled_size
        crowds = sum(self.listed_objects) + self.crowd + 4 * self.orphans
        resumes = 2 * self.rounds * self.resumes * MIB
        return max(small, sized, large, memory, resumes, 3 * self.read_large) + crowds * KIB + GIB


FULL = Plan()

#: A minute and a half, one round: shows a trend, not a figure to be quoted.
QUICK = Plan(
    rounds=1,
    large_size=128 * MIB,
    small_seconds=1.0,
    forms_at_once=4,
    form_sizes=(64 * KIB,),
    cell_connections=(32,),
    cell_seconds=1.0,
    read_large=256 * MIB,
    read_seconds=1.0,
    has_slow_systems=False,
    crowd=100_000,
    orphans=2_000,
    long_size=512 * MIB,
    listed_objects=(1_000, 100_000),
    listed_pages=100,
    rest_seconds=1.0,
    resumes=60,
)
