"""All figures of the bench, in the order in which they are measured, and what each needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench import (
    careers,
    comparison,
    form_sizes,
    forms_at_once,
    large_form,
    listing,
    memory,
    reads,
    recovery,
    refusals,
    small_forms,
    threads,
    workers,
    wrk,
)
from bench.figure import Figure, Progress
from bench.plan import Plan
from bench.servers import nginx_program
from bench.systems import System

Measure = Callable[[Plan, Path, Progress], Figure]

PARTS: dict[str, Measure] = {
    large_form.NAME: large_form.measure,
    forms_at_once.NAME: forms_at_once.measure,
    small_forms.NAME: small_forms.measure,
    form_sizes.NAME: form_sizes.measure,
    workers.NAME: workers.measure,
    threads.NAME: threads.measure,
    refusals.NAME: refusals.measure,
    memory.NAME: memory.measure,
    reads.NAME: reads.measure,
    listing.NAME: listing.measure,
    recovery.NAME: recovery.measure,
    careers.NAME: careers.measure,
}
#: Those that wrk drives.
_BY_WRK = {
    small_forms.NAME,
    form_sizes.NAME,
    workers.NAME,
    threads.NAME,
    reads.NAME,
    comparison.NAME,
}
#: In the order of the report.
NAMES = (*PARTS, comparison.NAME)


def chosen(names: Sequence[str], systems: Sequence[System], say: Progress) -> dict[str, Measure]:
    """The parts to run; what can't be run for want of a program is said and left out.

    Args:
        names: those asked for, of `NAMES`; none means all.
        systems: to be compared.
    """
    parts: dict[str, Measure] = {**PARTS, comparison.NAME: partial(comparison.measure, systems)}
    wanted = list(dict.fromkeys(names or NAMES))
    if large_form.NAME in wanted and nginx_program() is None:
        say("nginx is not installed: the bound by CPU is left out (`make services` installs it)")
    lacking: dict[str, str] = {}
    if not wrk.is_installed():
        lacking.update(dict.fromkeys(_BY_WRK, "wrk is not installed (`make services`)"))
    if nginx_program() is None:
        lacking.setdefault(reads.NAME, "nginx is not installed (`make services`)")
    if not systems:
        lacking.setdefault(
            comparison.NAME, "no other system is installed or named (--target, docs/bench.md)"
        )
    for name in wanted:
        if name in lacking:
            say(f"{name} is left out: {lacking[name]}")
    return {name: parts[name] for name in wanted if name not in lacking}
