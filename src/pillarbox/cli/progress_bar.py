"""How far a transfer is, on a terminal that somebody may look at; nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pillarbox.model.plain_text import plain

_WIDEST = 40


def is_shown() -> bool:
    """Whether there is a terminal to show it on."""
    return sys.stderr.isatty()


@contextmanager
def progress_bar(name: str, size: int | None) -> Iterator[Callable[[int], None]]:
    """What to tell the bytes that moved, while the bar is there.

    Args:
        name: what moves.
        size: bytes in all, None if nobody knows.
    """
    if not is_shown():
        yield lambda _: None
        return
    # Only who sees a bar waits for its import.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    shown = plain(name)
    if len(shown) > _WIDEST:
        shown = f"…{shown[1 - _WIDEST :]}"
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        # Standard output may be the object itself.
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with bar:
        task = bar.add_task(shown, total=size)
        yield lambda moved: bar.advance(task, moved)
