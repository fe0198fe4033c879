"""The command line of the bench."""

from __future__ import annotations

import argparse
import dataclasses
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from bench import large_form, listing, memory, report, small_forms, workers, wrk
from bench.bounds import settle
from bench.crowd import CrowdError
from bench.delivery import SendingError
from bench.listing import ListingError
from bench.plan import FULL, QUICK, Plan
from bench.servers import ServerError, nginx_program
from bench.workspace import UnusableError, workspace
from bench.wrk import WrkError

PARTS = {part.NAME: part.measure for part in (large_form, small_forms, memory, listing, workers)}

#: On a disk even where /tmp is kept in memory.
_DIRECTORY = Path("/var/tmp")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)
    plan = _plan(options)
    try:
        return _measure(options, plan)
    except UnusableError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except (CrowdError, ListingError, SendingError, ServerError, WrkError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; servers ended, files removed", file=sys.stderr)
        return 130


def _measure(options: argparse.Namespace, plan: Plan) -> int:
    names = _chosen(options.only or list(PARTS))
    figures = []
    with workspace(options.dir, plan.disk_space) as folder:
        about = report.machine(folder)
        for name in names:
            settle()
            own = folder / name
            own.mkdir()
            figures.append(PARTS[name](plan, own, _say))
    print(report.table(figures, about))
    if options.json is not None:
        text = json.dumps(report.document(figures, about, plan), indent=2)
        options.json.write_text(text + "\n")
    return 0


def _chosen(names: Sequence[str]) -> list[str]:
    """The parts to run; what can't be run for want of a program is said and left out."""
    chosen = list(dict.fromkeys(names))
    if large_form.NAME in chosen and nginx_program() is None:
        _say("nginx is not installed: the bound by CPU is left out (`make services` installs it)")
    if small_forms.NAME in chosen and not wrk.is_installed():
        _say("wrk is not installed: small forms are left out (`make services` installs it)")
        chosen.remove(small_forms.NAME)
    if workers.NAME in chosen and not wrk.is_installed():
        _say("wrk is not installed: workers are left out (`make services` installs it)")
        chosen.remove(workers.NAME)
    return chosen


def _plan(options: argparse.Namespace) -> Plan:
    plan = QUICK if options.quick else FULL
    return plan if options.rounds is None else dataclasses.replace(plan, rounds=options.rounds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench/run.py",
        description="Measure the speed and the memory of Pillarbox as ratios to what bounds them.",
    )
    parser.add_argument("--quick", action="store_true", help="about a minute, smaller sizes")
    parser.add_argument("--rounds", type=_positive, help="interleaved runs of each figure")
    parser.add_argument(
        "--only", action="append", choices=list(PARTS), help="this figure alone (repeatable)"
    )
    parser.add_argument(
        "--dir",
        type=Path,
        default=_DIRECTORY,
        help="where to store what is uploaded; on a disk (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value there")
    return parser


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rounds: give 1 or more")
    return number


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def _leave(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
