"""The repairs of `pillarbox fsck --repair`: agreed to, then done."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING

import typer

from pillarbox.cli.data_directory import fail, opened
from pillarbox.model.plain_text import plain

if TYPE_CHECKING:
    from pillarbox.storage.fsck.fault import Fault, Repair
    from pillarbox.storage.fsck.repairs import Repairs

COMMAND = "fsck"

#: The status where nothing can be found out or done.
COULD_NOT = 2


@contextmanager
def mender_of(data: str, *, drop_lost: bool) -> Iterator[Mender]:
    """Whoever mends, with the directory's lock if no server has it."""
    # Judges the directory before a lock is made in it.
    with opened(data, COMMAND, _Nothing, hindered=COULD_NOT) as nothing:
        pass
    from pillarbox.server.directory_lock import DirectoryInUseError, DirectoryLock
    from pillarbox.storage.backup.lease import unleased
    from pillarbox.storage.layout import Layout

    lock = None
    try:
        lock = DirectoryLock(nothing.directory)
    except DirectoryInUseError as error:
        typer.echo(plain(f"{error}; until then only what is safe beside it is mended"), err=True)
    except OSError as error:
        fail(COMMAND, f"can't lock {nothing.directory}: {error.strerror}", COULD_NOT)
    # Who repairs alone moves blobs: neither a backup nor a reaper may be at them.
    lease = nullcontext(False) if lock is None else unleased(Layout(nothing.directory))
    with tempfile.TemporaryFile("w+", encoding="utf-8") as plan, lease as is_alone:
        if lock is not None and not is_alone:
            typer.echo("A backup is being made: only what is safe beside it is mended", err=True)
        try:
            yield Mender(data, plan, is_alone=is_alone, drop_lost=drop_lost)
        finally:
            if lock is not None:
                lock.release()


class _Nothing:
    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def close(self) -> None:
        """Nothing was opened."""


class Mender:
    """Keeps what is to be mended on the disk, for it may be much, and mends it at the end.

    Attributes:
        count: how many repairs there are.
    """

    def __init__(self, data: str, plan: IO[str], *, is_alone: bool, drop_lost: bool) -> None:
        self.count = 0
        self._data = data
        self._plan = plan
        self._is_alone = is_alone
        self._drop_lost = drop_lost
        self._kinds: Counter[str] = Counter()

    def note(self, fault: Fault) -> None:
        """Keep what mends a fault, if it may be done."""
        from pillarbox.storage.fsck.fault import REPAIR_WORDS

        repair = fault.repair
        if repair is None or not self._may(repair):
            return
        self._plan.write(repair.to_json() + "\n")
        self.count += 1
        self._kinds[REPAIR_WORDS[repair.kind]] += 1

    def _may(self, repair: Repair) -> bool:
        from pillarbox.storage.fsck.fault import RepairKind

        if repair.kind is RepairKind.DROP_LOST and not self._drop_lost:
            return False
        return self._is_alone or repair.kind.is_safe_beside_servers

    def mend(self, *, agreed: bool) -> int:
        """Say what will be done and, if that is agreed to, do it; how many faults that mended."""
        for words, count in sorted(self._kinds.items()):
            typer.echo(f"{count} times: {words}", err=True)
        if not agreed:
            if not sys.stdin.isatty():
                fail(COMMAND, "nothing was mended: agree to it by --yes", COULD_NOT)
            if not typer.confirm("Do this?", err=True):
                return 0
        return self._do()

    def _do(self) -> int:
        def open_door(directory: Path) -> Repairs:
            return Repairs(directory)

        from pillarbox.storage.fsck.fault import Repair
        from pillarbox.storage.fsck.repairs import Repairs

        self._plan.seek(0)
        done = 0
        with opened(self._data, COMMAND, open_door, hindered=COULD_NOT) as repairs:
            for line in self._plan:
                done += repairs.do(Repair.from_json(line))
            folder = repairs.quarantine.folder
            kept = f"; what was moved is in {folder}" if folder.exists() else ""
        typer.echo(plain(f"{done} of {self.count} repairs done{kept}"), err=True)
        return done
