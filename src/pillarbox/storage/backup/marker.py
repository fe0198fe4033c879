"""The file by which a directory is known as a backup, and of which store: `backup.json`.

That a backup is whole is not said here: it is if its catalog is there, which comes last.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pillarbox.storage.blobs.durability import WHOLE
from pillarbox.storage.layout import Layout
from pillarbox.storage.secret_file import write_secret_file

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Marker:
    """What it says.

    Attributes:
        account: of the store's root AccessKey.
    """

    account: str


def read_marker(layout: Layout) -> Marker | None:
    """The marker in a directory; None if there is none.

    Raises:
        OSError: it can't be read.
        ValueError: it is of another format.
    """
    try:
        content = layout.backup_marker.read_bytes()
    except FileNotFoundError:
        return None
    try:
        members = json.loads(content)
        if members["format"] == _FORMAT:
            return Marker(str(members["account"]))
    except (ValueError, KeyError, TypeError):
        pass
    raise ValueError(
        f"{layout.backup_marker} is not of a backup that this version of pillarbox knows"
    )


def write_marker(layout: Layout, marker: Marker) -> None:
    """Keep the marker, durably. Raises OSError."""
    text = json.dumps({"format": _FORMAT, "account": marker.account}) + "\n"
    write_secret_file(layout.backup_marker, text.encode(), WHOLE)
