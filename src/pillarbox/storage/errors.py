"""What goes wrong below the store, and which refusal it becomes."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

from pillarbox.model import refusals

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

#: A disk that fails, was taken away, or lets nobody write any more since it failed.
_FAILING = frozenset(
    {errno.EIO, errno.EROFS, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ETIMEDOUT}
)

#: SQLite's primary result codes: of a catalog that somebody else holds, and of a failing disk.
_HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_UNUSABLE = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})


class LostBlob(Exception):  # noqa: N818 - it is what happened, and the field's word
    """The catalog has the object but its bytes are gone or cut short: data loss, to be logged."""

    def __init__(self, blob_id: str, what: str) -> None:
        super().__init__(f"blob {blob_id} is lost: {what}")
        self.blob_id = blob_id


def as_refusal(error: BaseException) -> refusals.Refusal:
    """The refusal that an error of disk or catalog becomes; a refusal stays what it is.

    A full disk or quota is `InsufficientStorage`; a disk that fails, and a catalog that others hold
    for too long, `ServiceUnavailable`; everything else `InternalError`. Raise it `from error`, so
    that the log tells the cause.
    """
    if isinstance(error, refusals.Refusal):
        return error
    if _is_out_of_room(error):
        return refusals.INSUFFICIENT_STORAGE()
    if _is_unavailable(error):
        return refusals.SERVICE_UNAVAILABLE()
    return refusals.INTERNAL_ERROR()


def is_surely_undone(error: BaseException) -> bool:
    """Whether a commit that failed so has left nothing that could turn up after a crash."""
    if isinstance(error, refusals.Refusal):
        return True
    return _is_out_of_room(error) or _sqlite_code(error) in _HELD


def _is_out_of_room(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    return _sqlite_code(error) == sqlite3.SQLITE_FULL


def _is_unavailable(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FAILING or isinstance(error, TimeoutError)
    return _sqlite_code(error) in _HELD | _UNUSABLE


def _sqlite_code(error: BaseException) -> int | None:
    """SQLite's primary result code; None if the error is none of SQLite's."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if not isinstance(error, sqlite3.Error):
        return None
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
