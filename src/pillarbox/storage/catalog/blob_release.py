"""Letting go of blobs: what happens to the bytes when a row that named them is gone.

Inline bytes belong to one row and are deleted with it. A file may be named by several rows, for
copies share it: it becomes garbage when the last of them is gone. A list of blobs becomes garbage
as a whole, and is taken apart by the reaper after its grace, so that a deletion costs the same for
ten thousand parts as for one and readers still find the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pillarbox.storage.blobs.blob_id import is_composite, is_inline
from pillarbox.storage.catalog import statements

Execute = Callable[[str, Sequence[Any]], Any]


def release(execute: Execute, blob_ids: Iterable[str], now_ms: int) -> None:
    """Let go of blobs, after the rows that named them were written anew or deleted.

    Args:
        execute: of a cursor of the driver, within the transaction that changed the rows.
        now_ms: milliseconds since the Unix epoch, UTC.
    """
    for blob_id in blob_ids:
        if is_inline(blob_id):
            execute(statements.DELETE_INLINE, (blob_id,))
        elif is_composite(blob_id):
            execute(statements.PUT_GARBAGE[1], (blob_id, now_ms))
        else:
            execute(statements.DROP_FILE, (now_ms, *(blob_id,) * 5))


def take_apart(execute: Any, object_blob_id: str, now_ms: int) -> None:
    """Delete a list of blobs and let go of each blob in it."""
    pieces = execute(statements.PIECES, (object_blob_id,)).fetchall()
    execute(statements.DELETE_PIECES, (object_blob_id,))
    release(execute, [blob_id for blob_id, _ in pieces], now_ms)
