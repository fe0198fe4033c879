"""A command that is killed in a change of an AccessKey: `python dying_change.py DIR KEY_ID POINT`.

`applied` is before the commit, `committed` behind it and before the caches are told.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.identities import Identities

POINTS = ("applied", "committed")


def arm(point: str) -> None:
    """Make the process end at `point` of its next transaction."""
    original = Catalog.transaction

    @contextmanager
    def dying(catalog: Catalog) -> Iterator[Connection]:
        with original(catalog) as connection:
            yield connection
            if point == "applied":
                os.kill(os.getpid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    Catalog.transaction = dying  # type: ignore[assignment,method-assign]


if __name__ == "__main__":
    door = Identities(Path(sys.argv[1]))
    arm(sys.argv[3])
    door.enable_key(sys.argv[2], enabled=False)
