"""The reaper: delete the blob files of overwritten and deleted objects, after a grace period.

The grace lets readers that have looked up an object, but not opened its bytes yet, still find
them. While a backup copies what its catalog names, however long that takes, nothing is deleted.
"""

from __future__ import annotations

from pillarbox.storage.upkeep import Upkeep

#: Seconds that a blob stays after it became garbage.
GRACE_SECONDS = 300

_BATCH = 200

#: Milliseconds ahead that no clock which is right about the hour can be: a day.
_FAR_MS = 24 * 3600 * 1000


def reap(upkeep: Upkeep, now_ms: int, grace_seconds: float = GRACE_SECONDS) -> int:
    """Delete one batch of blobs that have been garbage for longer; how many it were.

    Lists of blobs that are being read from are passed over, and all while a backup has a lease.
    Call again until it returns 0. Raises OSError and SQLAlchemy's errors; then what was not deleted
    is tried again the next time.
    """
    with upkeep.unleased() as is_free:
        return _reap(upkeep, now_ms, grace_seconds) if is_free else 0


def _reap(upkeep: Upkeep, now_ms: int, grace_seconds: float) -> int:
    upkeep.date_anew(now_ms + _FAR_MS, now_ms)
    before_ms = now_ms - int(grace_seconds * 1000)
    passed = 0
    while expired := upkeep.expired_garbage(before_ms, _BATCH, passed):
        if deleted := upkeep.delete_garbage(expired, now_ms):
            return deleted
        passed += len(expired)
    return 0
