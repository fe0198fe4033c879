"""The expiry of forgotten uploads in parts, which nobody completes and nobody aborts.

Their parts take room and are seen in no listing of objects. An upload is forgotten when it was
begun long ago and no part has come for as long: one that still gets parts is not.
"""

from __future__ import annotations

import logging

from pillarbox.storage.upkeep import Upkeep

_log = logging.getLogger(__name__)

#: Uploads that go in one transaction: each may have ten thousand parts, and workers wait meanwhile.
_BATCH = 1


def expire_uploads(upkeep: Upkeep, now_ms: int, expiry_seconds: float) -> int:
    """Abort uploads that nobody has touched for longer; how many it were.

    Call again until it returns 0. Raises SQLAlchemy's errors.
    """
    count = upkeep.forget_uploads(now_ms - int(expiry_seconds * 1000), _BATCH)
    if count:
        _log.info("%d upload in parts was forgotten and has expired", count)
    return count
