"""`pillarbox fsck`: whether the catalog and the blobs of a store agree, and mending."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pillarbox.cli.data_directory import USUAL_DATA, Data, fail, opened
from pillarbox.cli.fsck_repairs import COMMAND, COULD_NOT, Mender, mender_of
from pillarbox.cli.progress_bar import progress_bar
from pillarbox.cli.quantities import parse_size
from pillarbox.cli.quota_options import NONE
from pillarbox.model.plain_text import plain

if TYPE_CHECKING:
    from pillarbox.storage.fsck.check import Check

_FOUND = 1

Rate = Annotated[
    str,
    typer.Option(
        metavar="SIZE", help=f"Move at most so many bytes a second; {NONE} for as fast as it goes."
    ),
]

#: Leaves a server most of a disk.
USUAL_RATE = "100MB"


def fsck(
    data: Data = USUAL_DATA,
    quick: Annotated[
        bool, typer.Option("--quick", help="Compare sizes alone, without reading all bytes.")
    ] = False,
    rate: Rate = USUAL_RATE,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each fault, and a last one.")
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Say what would be mended, and mend it if that is agreed to. Nothing is deleted. "
            "Beside a running server only what is safe there.",
        ),
    ] = False,
    drop_lost: Annotated[
        bool,
        typer.Option(
            "--drop-lost",
            help="With --repair: also take objects out of the catalog whose bytes are lost.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Agree beforehand to all repairs.")] = False,
) -> None:
    """Check that the catalog and the blobs of a store agree, beside a running server too.

    Exit status 0 if all is well, 1 if there are faults, 2 if it could not be found out.
    """
    if (drop_lost or yes) and not repair:
        fail(COMMAND, "--drop-lost and --yes are for --repair", COULD_NOT)
    with mender_of(data, drop_lost=drop_lost) if repair else nullcontext() as mender:
        found = check_store(data, quick=quick, rate=rate, as_json=as_json, mender=mender)
        left = found
        if mender is not None and mender.count:
            left -= mender.mend(agreed=yes)
    raise typer.Exit(_FOUND if left else 0)


def check_store(
    data: str,
    *,
    quick: bool = False,
    rate: str = NONE,
    as_json: bool = False,
    mender: Mender | None = None,
    command: str = COMMAND,
) -> int:
    """Print all faults, and note what mends them; how many there are."""
    moved = _Moved()

    def open_door(directory: Path) -> Check:
        from pillarbox.storage.fsck.check import Check

        return Check(
            directory, with_crc=not quick, bytes_per_second=read_rate(rate), told=moved.told
        )

    kinds: Counter[str] = Counter()
    with opened(data, command, open_door, hindered=COULD_NOT) as check:
        size = None if quick else check.expected_bytes()
        with progress_bar("check", size) as told:
            moved.told_to = told
            for fault in check.faults():
                kinds[fault.kind] += 1
                typer.echo(json.dumps(fault.members()) if as_json else plain(fault.line()))
                if mender is not None:
                    mender.note(fault)
        _sum_up(check, kinds, as_json=as_json)
    return kinds.total()


class _Moved:
    """Hands on the bytes that were read, to a bar that is there later than the check."""

    def __init__(self) -> None:
        self.told_to: Callable[[int], None] = lambda _: None

    def told(self, size: int) -> None:
        self.told_to(size)


def _sum_up(check: Check, kinds: Counter[str], *, as_json: bool) -> None:
    checked = check.checked
    if as_json:
        members = {
            "objects": checked.objects,
            "parts": checked.parts,
            "bytes_read": check.pace.moved,
            "faults": dict(kinds),
        }
        typer.echo(json.dumps(members))
        return
    seen = (
        f"{checked.objects} objects and {checked.parts} parts of unfinished uploads, "
        f"{check.pace.moved} bytes read"
    )
    faults = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    typer.echo(f"{kinds.total()} faults ({faults}) in {seen}" if kinds else f"All is well: {seen}")


def read_rate(text: str) -> int | None:
    """Bytes a second, None for no bound; ValueError for what is neither."""
    if text == NONE:
        return None
    if rate := parse_size(text):
        return rate
    raise ValueError(f"a rate of {text!r} reads nothing: write it like {USUAL_RATE}, or {NONE}")
