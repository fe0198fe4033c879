"""A backup or restore that dies: `python dying_backup.py backup|restore FROM TO POINT COUNT`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pillarbox.storage.backup import backup, blob_copies, restore
from pillarbox.storage.backup.backup import Backup, Options
from pillarbox.storage.backup.restore import Restore
from tests.storage.backup.conftest import untold

#: Where it dies, and the how manieth time.
BACKUP_POINTS = (
    ("mark", 1),
    ("copy_catalog", 1),
    ("writing", 2),
    ("bring", 1),
    ("bring", 3),
    ("keys", 1),
    ("rename", 1),
    ("renamed", 1),
)
RESTORE_POINTS = (("writing", 2), ("bring", 2), ("moving", 1), ("moving", 2), ("moving", 4))


def dying(original: Callable[..., Any], count: int, *, before: bool = False) -> Callable[..., Any]:
    """`original`, but for the end of the process before or after its call number `count`."""
    left = count

    def call(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if before and not left:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **options)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def arm(point: str, count: int) -> None:
    """Die at the point."""
    places: dict[str, tuple[Any, str]] = {
        "mark": (backup, "write_marker"),
        "copy_catalog": (backup, "copy_catalog"),
        "bring": (blob_copies.BlobCopies, "bring"),
        "keys": (backup.Backup, "_bring_keys"),
        "renamed": (backup.Backup, "_put_in_place"),
    }
    if point == "writing":
        os.write = dying(os.write, count)
    elif point == "rename":
        put = backup.Backup._put_in_place
        backup.Backup._put_in_place = dying(put, count, before=True)  # type: ignore[method-assign]
    elif point == "moving":
        put_in_place = restore.Restore._put_in_place

        def die_moving(self: Restore) -> None:
            Path.rename = dying(Path.rename, count)  # type: ignore[method-assign]
            put_in_place(self)

        restore.Restore._put_in_place = die_moving  # type: ignore[method-assign]
    else:
        place, name = places[point]
        setattr(place, name, dying(getattr(place, name), count))


if __name__ == "__main__":
    what, source, to, where, number = sys.argv[1:]
    arm(where, int(number))
    if what == "backup":
        Backup(Path(source), Path(to), Options(may_link=False)).make(untold)
    else:
        Path(to).mkdir(exist_ok=True)
        Restore(Path(source), Path(to), may_link=False).make(untold)
