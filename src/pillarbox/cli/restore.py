"""`pillarbox restore`: a store made of a backup."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pillarbox.cli.backup import (
    Copy,
    Verify,
    brought_members,
    brought_words,
    end,
    place,
    reason,
    shown_progress,
)
from pillarbox.cli.data_directory import USUAL_DATA, fail
from pillarbox.cli.identities import AsJson, told

if TYPE_CHECKING:
    from pillarbox.storage.backup.blob_copies import Brought
    from pillarbox.storage.backup.restore import Restore

_COMMAND = "restore"


def restore(
    backup: Annotated[
        str,
        typer.Option("--from", metavar="PATH", help="Directory of a backup.", show_default=False),
    ],
    data: Annotated[
        str,
        typer.Option(metavar="PATH", help="Directory for the store: an empty one, or a new one."),
    ] = USUAL_DATA,
    copy: Copy = False,
    verify: Verify = False,
    as_json: AsJson = False,
) -> None:
    """Make a store of a backup; then start it by `pillarbox serve --data PATH`."""
    if find_spec("sqlalchemy") is None:
        fail(_COMMAND, "sqlalchemy is not installed: run pip install 'pillarbox[server]'", 1)
    try:
        making, brought = _restored(place(backup), place(data), may_link=not copy)
    except ValueError as error:
        fail(_COMMAND, str(error), 2)
    except OSError as error:
        fail(_COMMAND, f"no store was made in {data}: {reason(error)}", 1)
    members = {
        "data": data,
        **brought_members(brought),
        "keys": making.keys,
        "lost": [str(lost) for lost in making.lost],
    }
    keys = " and ".join(making.keys) or "no keys of the store: put back store-key at least"
    line = f"Store in {data}: {brought_words(brought)}; with {keys}"
    told(members, line, as_json=as_json)
    end(data, making.lost, "the backup doesn't have it", _COMMAND, verify=verify, as_json=as_json)


def _restored(backup: Path, data_dir: Path, *, may_link: bool) -> tuple[Restore, Brought]:
    from pillarbox.server.directory_lock import DirectoryInUseError, DirectoryLock
    from pillarbox.storage.backup.restore import Restore
    from pillarbox.storage.data_dir import make_data_dir

    making = Restore(backup, data_dir, may_link=may_link)
    make_data_dir(data_dir)
    try:
        lock = DirectoryLock(data_dir)
    except DirectoryInUseError as error:
        raise ValueError(str(error)) from None
    try:
        with shown_progress(_COMMAND) as begun:
            return making, making.make(begun)
    finally:
        lock.release()
