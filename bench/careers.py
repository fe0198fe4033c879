"""Figure: what a site's own server carries, through the site and by form upload.

The careers site of `examples/careers` takes the same résumés both ways, a few visitors at a time.
Each ratio is form upload over the way through the site: what the site's process received and sent
of bodies, its CPU by the kernel's count, and the seconds until the last résumé was stored. Site,
store and visitors share the cores, so the seconds are those of all of them together; a site that
has its machine to itself is spared what the other ratios say.
"""

from __future__ import annotations

from pathlib import Path

from bench import bounds
from bench.figure import Figure, Progress, Rounds
from bench.plan import KIB, Plan
from examples.careers import comparison
from examples.careers.carriage import FORM_UPLOAD, THROUGH_SITE
from examples.careers.comparison import Cost

NAME = "careers"


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Send `plan.resumes` each way, once a round, `plan.visitors` at a time."""
    ratios, details = Rounds(), Rounds()
    progress(f"{NAME}: starting a store and the site")
    with comparison.warm_careers(folder) as careers:
        for number in range(plan.rounds):
            progress(f"{NAME}: round {number + 1} of {plan.rounds}")
            bounds.settle()
            _note(ratios, details, comparison.compare(careers, plan.resumes, plan.visitors))
    title = f"{plan.resumes} résumés, what the site carried: form upload / through the site"
    note = "an answer means, both ways: the store has forced the résumé to the disk before it"
    return Figure(NAME, title, ratios.lines(), details.lines(), (note,))


def _note(ratios: Rounds, details: Rounds, costs: dict[str, Cost]) -> None:
    straight, through = costs[FORM_UPLOAD], costs[THROUGH_SITE]
    ratios.add(
        "ratio",
        {
            "bytes received": straight.received / through.received,
            "bytes sent": straight.sent / through.sent,
            "CPU of the site": straight.cpu_seconds / through.cpu_seconds,
            "seconds until all were stored": straight.seconds / through.seconds,
        },
    )
    for way, cost in costs.items():
        details.add("KiB", {f"{way}: bytes received": cost.received / KIB})
        details.add("KiB", {f"{way}: bytes sent": cost.sent / KIB})
        details.add("s", {f"{way}: CPU of the site": cost.cpu_seconds})
        details.add("s", {f"{way}: until all were stored": cost.seconds})
