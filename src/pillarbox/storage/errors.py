"""What goes wrong below the store, and which refusal it becomes."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

from pillarbox.model import refusals

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class LostBlob(Exception):  # noqa: N818 - it is what happened, and the field's word
    """The catalog has the object but its bytes are gone or cut short: data loss, to be logged."""

    def __init__(self, blob_id: str, what: str) -> None:
        super().__init__(f"blob {blob_id} is lost: {what}")
        self.blob_id = blob_id


def as_refusal(error: BaseException) -> refusals.Refusal:
    """The refusal that an error of disk or catalog becomes; a refusal stays what it is.

    A full disk or quota is `InsufficientStorage`, everything else `InternalError`. Raise it
    `from error`, so that the log tells the cause.
    """
    if isinstance(error, refusals.Refusal):
        return error
    if _is_out_of_room(error):
        return refusals.INSUFFICIENT_STORAGE()
    return refusals.INTERNAL_ERROR()


def _is_out_of_room(error: BaseException) -> bool:
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in _NO_ROOM
