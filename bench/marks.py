"""The marks: what the figures of a full run must reach, and whether they do.

A mark is held against the median of the rounds outside marked windows. It names the lines of a full
run: other sizes are other figures, and no verdict comes of them.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.figure import Figure, Line


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit for one line.

    Attributes:
        figure: its name.
        what: the line's.
        sense: on which side of `limit` the value must lie.
        limit: in the line's unit.
    """

    figure: str
    what: str
    sense: Literal["≥", "≤", "<"]
    limit: float

    def holds(self, value: float) -> bool:
        """Whether a value keeps to it."""
        compare = {"≥": operator.ge, "≤": operator.le, "<": operator.lt}[self.sense]
        return bool(compare(value, self.limit))


@dataclass(frozen=True, slots=True)
class Mark:
    """What must be reached: all bounds of one way, or of another."""

    text: str
    ways: tuple[tuple[Bound, ...], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A mark and what was found.

    Attributes:
        found: the values, in words; empty if nothing was measured.
        is_met: None if not all of it was measured.
    """

    mark: Mark
    found: str
    is_met: bool | None


def _one(text: str, figure: str, what: str, sense: Literal["≥", "≤", "<"], limit: float) -> Mark:
    return Mark(text, ((Bound(figure, what, sense, limit),),))


_MIB_IN_KIB = 1024.0
#: What a server writes besides blobs, such as a wake-up of a thread: less than a page.
_PAGE_IN_KIB = 4.0
#: The limit of oversize forms plus one chunk, 264 KiB (see docs/bench.md).
_LIMIT_AND_CHUNK = 100 * _MIB_IN_KIB + 264

MARKS = (
    _one("one form of 1 GiB: bound / Pillarbox", "large-form", "bound / Pillarbox", "≥", 0.85),
    Mark(
        "eight at once: disk / Pillarbox, or busy cores at ≤ 4 CPU s/GiB",
        (
            (Bound("forms-at-once", "disk / Pillarbox", "≥", 0.9),),
            (
                Bound("forms-at-once", "cores busy", "≥", 0.9),
                Bound("forms-at-once", "Pillarbox, CPU", "≤", 4.0),
            ),
        ),
    ),
    _one("4 KiB, 32: / floor", "small-forms", "Pillarbox / floor, 32 connections", "≥", 0.75),
    _one(
        "4 KiB, 32: / bare granian",
        "small-forms",
        "Pillarbox / bare granian, 32 connections",
        "≥",
        0.25,
    ),
    _one(
        "4 KiB, 32: / Ceph's gateway",
        "comparison",
        "Pillarbox / Ceph's gateway, 4 KiB, 32 connections",
        "≥",
        10,
    ),
    _one("4 KiB, 32: / moto", "comparison", "Pillarbox / moto, 4 KiB, 32 connections", "≥", 10),
    _one("4 KiB, 32: p99 / p50", "small-forms", "p99 / p50, 32 connections", "≤", 5),
    _one("100 stalled uploads, MiB", "memory", "100 stalled uploads", "<", 64),
    _one("one form of 5 GiB, MiB", "memory", "one form of 5 GiB, peak", "<", 16),
    *(
        Mark(
            f"{what}: nothing stored, KiB",
            (
                (
                    Bound("refusals", f"{what}: left", "≤", 0),
                    Bound("refusals", f"{what}: written", "<", _PAGE_IN_KIB),
                ),
            ),
        )
        for what in ("unsigned", "expired")
    ),
    Mark(
        "oversize by streaming: the limit and a chunk, KiB",
        (
            (
                Bound("refusals", "oversize, by streaming: left", "≤", 0),
                Bound("refusals", "oversize, by streaming: written", "≤", _LIMIT_AND_CHUNK),
            ),
        ),
    ),
    _one("GET 1 GiB: / nginx", "reads", "1 GiB", "≥", 0.8),
    _one("GET 4 KiB: / nginx", "reads", "4 KiB", "≥", 0.2),
    *(
        _one(
            f"a page of {kind}: a million / a thousand",
            "listing",
            f"{kind}, 1,000,000 / 1,000 objects",
            "≤",
            1.5,
        )
        for kind in ("keys", "common prefixes")
    ),
    *(
        _one(f"ready after {what}, a million objects, s", "recovery", f"ready after {what}", "≤", 2)
        for what in ("a clean stop", "kill -9")
    ),
)


def judge(figures: Sequence[Figure], is_full: bool, marks: Sequence[Mark] = MARKS) -> list[Verdict]:
    """Each mark and whether it was met.

    Args:
        is_full: whether the sizes are those of a full run.
    """
    found = {(figure.name, line.what): line for figure in figures for line in figure.ratios}
    return [_verdict(mark, found if is_full else {}) for mark in marks]


def _verdict(mark: Mark, found: dict[tuple[str, str], Line]) -> Verdict:
    ways = [_held(way, found) for way in mark.ways]
    said = " or ".join(
        ", ".join(f"{found[bound.figure, bound.what].calm_median:.2f}" for bound in way)
        for way in mark.ways
        if all((bound.figure, bound.what) in found for bound in way)
    )
    if any(way is True for way in ways):
        return Verdict(mark, said, True)
    return Verdict(mark, said, None if any(way is None for way in ways) else False)


def _held(way: Sequence[Bound], found: dict[tuple[str, str], Line]) -> bool | None:
    lines = [found.get((bound.figure, bound.what)) for bound in way]
    if any(line is None for line in lines):
        return None
    pairs = zip(way, lines, strict=True)
    return all(bound.holds(line.calm_median) for bound, line in pairs if line is not None)


def rows(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The table, a line for each mark."""
    words = {True: "met", False: "not met", None: "not measured"}
    yield f"  {'mark':66} {'limit':>16} {'found':>20}"
    for verdict in verdicts:
        ways = verdict.mark.ways
        limit = " or ".join(
            ", ".join(f"{bound.sense} {bound.limit:g}" for bound in way) for way in ways
        )
        found = verdict.found or "-"
        yield f"  {verdict.mark.text:66} {limit:>16} {found:>20}  {words[verdict.is_met]}"
