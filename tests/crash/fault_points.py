"""The steps at which a server is crashed: every point at which the disk holds something else.

A crash between two system calls that change no file leaves the same as one next to them, so the
points lie before and behind each call that does, of the commit of an object and of the jobs that
delete. "Before BEGIN IMMEDIATE" is `lock-before`, "before COMMIT" `log-sync-before` (all of the
transaction is written), "behind COMMIT, before the answer" `unlock-before`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import cycle

from tests.crash.bounds import Kind
from tests.crash.fault_shim import Action, Call, Place, Rule

#: A blob that has no name yet is `#NUMBER (deleted)` or, where that can't be, `.NAME`.
BLOB_BYTES = Place(Call.WRITE, "*/blobs/*/[#.]*")
BLOB_SYNC = Place(Call.SYNC, "*/blobs/*/[#.]*")
BLOB_NAME = Place(Call.NAME, "*/blobs/*/f*")
#: The run's folder, of which only the name of the run is known: no file in it, and no `blobs`.
FOLDER_SYNC = Place(Call.SYNC, "*/blobs/" + "[0-9a-f]" * 20)
LOCK = Place(Call.LOCK, "*/catalog.lock")
UNLOCK = Place(Call.CLOSE, "*/catalog.lock")
LOG_BYTES = Place(Call.WRITE, "*/catalog.sqlite3-wal")
LOG_SYNC = Place(Call.SYNC, "*/catalog.sqlite3-wal")
CATALOG_BYTES = Place(Call.WRITE, "*/catalog.sqlite3")
CATALOG_SYNC = Place(Call.SYNC, "*/catalog.sqlite3")
REMOVED_BLOB = Place(Call.REMOVE, "*/blobs/*/f*")
REMOVED_LOCK = Place(Call.REMOVE, "*/blobs/*/lock")
REMOVED_FOLDER = Place(Call.REMOVE, "*/blobs/" + "[0-9a-f]" * 20)


@dataclass(frozen=True, slots=True)
class Point:
    """Before or behind a call.

    Attributes:
        name: of the step, `-before` or `-behind`.
        count: the how many-th such call.
        first: a call after which it is looked for.
    """

    name: str
    place: Place
    count: int = 1
    first: Place | None = None

    def rule(self, action: Action) -> Rule:
        """To crash a server there."""
        is_behind = self.name.endswith("-behind")
        return Rule(self.place, action, is_behind, count=self.count, first=self.first)


#: What the bytes of a large object or part go through.
BLOB_POINTS = (
    Point("bytes-behind", BLOB_BYTES),
    Point("data-sync-before", BLOB_SYNC),
    Point("data-sync-behind", BLOB_SYNC),
    Point("name-before", BLOB_NAME),
    Point("name-behind", BLOB_NAME),
    Point("folder-sync-before", FOLDER_SYNC),
    Point("folder-sync-behind", FOLDER_SYNC),
)

#: What every row goes through; the third write is in the midst of the transaction's pages.
ROW_POINTS = (
    Point("lock-before", LOCK),
    Point("log-bytes-before", LOG_BYTES),
    Point("log-bytes-behind", LOG_BYTES, count=3),
    Point("log-sync-before", LOG_SYNC),
    Point("log-sync-behind", LOG_SYNC),
    Point("unlock-before", UNLOCK),
)

#: Each changes several rows: what becomes current, what was, what is released, the counters.
_VERSION_KINDS = (Kind.VERSION, Kind.MARKER, Kind.REMOVAL)

#: The first commit after the arming is most often one that was under way; were a change of versions
#: two of them, the second would show it.
_VERSION_POINTS = tuple(replace(point, count=2) for point in ROW_POINTS if point.count == 1)

#: Every point of a commit with each kind of request that is about to be sent when it is armed.
COMMIT_POINTS = (
    *((point, Kind.LARGE) for point in BLOB_POINTS),
    *((point, Kind.SMALL) for point in ROW_POINTS),
    *((point, Kind.PART) for point in (*BLOB_POINTS, *ROW_POINTS)),
    *((point, Kind.COMPLETION) for point in ROW_POINTS),
    *((point, kind) for kind in _VERSION_KINDS for point in _VERSION_POINTS),
)

#: Each point once, with each kind now and then.
EACH_POINT = (
    *zip(BLOB_POINTS, cycle((Kind.LARGE, Kind.PART)), strict=False),
    *zip(ROW_POINTS, (Kind.SMALL, Kind.COMPLETION, Kind.VERSION, Kind.PART), strict=False),
    *zip(_VERSION_POINTS[-2:], (Kind.REMOVAL, Kind.MARKER), strict=True),
)

#: The log written back into the catalog, which happens when it is long.
CHECKPOINT_POINTS = (
    Point("catalog-bytes-before", CATALOG_BYTES),
    Point("catalog-bytes-behind", CATALOG_BYTES, count=5),
    Point("catalog-sync-before", CATALOG_SYNC),
    Point("catalog-sync-behind", CATALOG_SYNC),
)

#: The sweep at a start, when an earlier crash has left a blob without a row.
SWEEP_POINTS = (
    Point("sweep-removal-before", REMOVED_BLOB),
    Point("sweep-removal-behind", REMOVED_BLOB),
    Point("sweep-lock-removal-behind", REMOVED_LOCK),
    Point("sweep-folder-removal-behind", REMOVED_FOLDER),
)

#: The reaper at a start, when something was overwritten long ago.
REAPER_POINTS = (
    Point("reaper-removal-before", REMOVED_BLOB),
    Point("reaper-removal-behind", REMOVED_BLOB),
    Point("reaper-folder-sync-before", FOLDER_SYNC, first=REMOVED_BLOB),
    Point("reaper-folder-sync-behind", FOLDER_SYNC, first=REMOVED_BLOB),
    Point("reaper-rows-sync-before", LOG_SYNC, first=REMOVED_BLOB),
    Point("reaper-rows-sync-behind", LOG_SYNC, first=REMOVED_BLOB),
)
