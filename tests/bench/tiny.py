"""A plan that proves only that the parts of the bench work, in seconds."""

from __future__ import annotations

from bench.figure import Figure
from bench.plan import KIB, MIB, Plan

TINY = Plan(
    rounds=1,
    large_size=3 * MIB,
    small_size=KIB,
    small_seconds=1,
    connections=(2, 1),
    forms_at_once=2,
    form_sizes=(64 * KIB,),
    cell_connections=(2,),
    cell_seconds=1,
    refused_size=64 * MIB,
    refused_limit=8 * MIB,
    read_large=4 * MIB,
    read_connections=2,
    read_seconds=1,
    compared_size=MIB,
    has_slow_systems=False,
    crowd=200,
    orphans=1_200,
    long_size=4 * MIB,
    stalled_uploads=3,
    stalled_size=300 * KIB,
    listed_objects=(200, 600),
    listed_pages=3,
    resumes=12,
    visitors=2,
    rest_seconds=0.1,
)


def silent(_text: str) -> None:
    """Nobody waits for this run."""


def values_of(figure: Figure) -> dict[str, tuple[float, ...]]:
    """The values of all rounds, by their names."""
    return {line.what: line.values for line in (*figure.ratios, *figure.details)}
