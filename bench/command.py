"""The command line of the bench."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from bench import marks, plots, report, systems
from bench.bounds import settle
from bench.crowd import CrowdError
from bench.delivery import SendingError
from bench.disk_watch import watching
from bench.listing import ListingError
from bench.memory import StalledError
from bench.parts import NAMES, chosen
from bench.plan import FULL, QUICK, Plan
from bench.reads import ReadError
from bench.recovery import RecoveryError
from bench.refusals import RefusalError
from bench.servers import ServerError
from bench.systems import System
from bench.target_options import TargetError, add_target_options, read_target
from bench.windows import Window, mark
from bench.workspace import UnusableError, workspace
from bench.wrk import WrkError
from examples.careers.http_visit import VisitFailedError
from examples.careers.running import SiteFailedError
from pillarbox.cli.demo_store import StoreFailedError

#: On a disk even where /tmp is kept in memory.
_DIRECTORY = Path("/var/tmp")
_FAILURES = (
    CrowdError,
    ListingError,
    ReadError,
    RecoveryError,
    RefusalError,
    SendingError,
    ServerError,
    SiteFailedError,
    StalledError,
    StoreFailedError,
    VisitFailedError,
    WrkError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)
    plan = _plan(options)
    try:
        return _measure(options, plan)
    except (TargetError, UnusableError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except _FAILURES as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; servers ended, files removed", file=sys.stderr)
        return 130


def _measure(options: argparse.Namespace, plan: Plan) -> int:
    parts = chosen(options.only or (), _systems(options, plan), _say)
    figures, windows = [], dict[str, list[Window]]()
    with workspace(options.dir, plan.disk_space) as folder, watching(folder, _say) as watch:
        about = report.machine(folder)
        for name, measure in parts.items():
            settle()
            own = folder / name
            own.mkdir()
            figure = measure(plan, own, watch.tell)
            windows[name] = watch.take_windows()
            figures.append(mark(figure, windows[name]))
            shutil.rmtree(own)
    verdicts = marks.judge(figures, is_full=not options.quick)
    print(report.table(figures, about, windows, verdicts))
    if options.json is not None:
        text = json.dumps(report.document(figures, about, plan, windows, verdicts), indent=2)
        options.json.write_text(text + "\n")
    if options.plots is not None:
        for path in plots.write(figures, options.plots):
            _say(f"wrote {path}")
    return 0


def _systems(options: argparse.Namespace, plan: Plan) -> list[System]:
    """What is compared: the store that was named, and what is installed here."""
    named = read_target(options)
    here = [each for each in systems.installed() if plan.has_slow_systems or not each.is_slow]
    return [*([named] if named else []), *here]


def _plan(options: argparse.Namespace) -> Plan:
    plan = QUICK if options.quick else FULL
    return plan if options.rounds is None else dataclasses.replace(plan, rounds=options.rounds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench/run.py",
        description="Measure the speed and the memory of Pillarbox as ratios to what bounds them.",
    )
    parser.add_argument("--quick", action="store_true", help="a minute and a half, smaller sizes")
    parser.add_argument("--rounds", type=_positive, help="interleaved runs of each figure")
    parser.add_argument(
        "--only", action="append", choices=NAMES, help="this figure alone (repeatable)"
    )
    parser.add_argument(
        "--dir",
        type=Path,
        default=_DIRECTORY,
        help="where to store what is uploaded; on a disk (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value there")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write bar charts there, as SVG")
    add_target_options(parser)
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
