"""Small pieces of an appended object gathered into larger ones, as it grows.

A log that is written line by line would be a list of as many blobs as it has lines. So whenever
enough small ones stand at its end they are joined, up to what the catalog keeps in one row. Then
a list of small appends has one blob for each 32 KiB or more, and few besides. An append costs the
same however long the list is: every fifteenth writes at most 64 KiB again.

Who reads the object meanwhile may find a piece gone, and finds its bytes in the list as it then is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pillarbox.model.limits import KIB
from pillarbox.storage.blobs.blob_id import BlobIds, is_inline
from pillarbox.storage.catalog import append_statements, statements
from pillarbox.storage.catalog.objects import inline_bytes

#: Bytes of a blob that the catalog keeps, at most; as of an upload.
_MOST = 64 * KIB

#: From this many bytes on a blob is large enough.
_ENOUGH = 32 * KIB

#: So many small blobs in a row are joined.
_GATHERED = 16


class _Piece(NamedTuple):
    position: int
    blob_id: str
    size: int


def gather(cursor: Any, list_id: str, ids: BlobIds) -> None:
    """Join the small blobs at the end of a list, if there are enough, by a cursor of the driver."""
    found = cursor.execute(append_statements.LAST_PIECES, (list_id, _GATHERED))
    last = [_Piece(*row) for row in found][::-1]
    are_small = all(is_inline(piece.blob_id) and piece.size < _ENOUGH for piece in last)
    if len(last) < _GATHERED or not are_small:
        return
    contents = {piece.blob_id: inline_bytes(cursor, piece.blob_id) for piece in last}
    if any(content is None for content in contents.values()):
        return  # some are lost: fsck shall find which
    first = last[0].position
    cursor.execute(append_statements.DELETE_PIECES_FROM, (list_id, first))
    rows = [
        (list_id, first + number, _joined(cursor, packed, contents, ids), _size(packed))
        for number, packed in enumerate(_packed(last))
    ]
    statements.write_rows(cursor.execute, statements.PUT_PIECES, rows)


def _packed(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces in a row, as many together as fit into one blob."""
    packs: list[list[_Piece]] = [[]]
    for piece in pieces:
        if _size(packs[-1]) + piece.size > _MOST:
            packs.append([])
        packs[-1].append(piece)
    return packs


def _size(pieces: Sequence[_Piece]) -> int:
    return sum(piece.size for piece in pieces)


def _joined(
    cursor: Any, pieces: Sequence[_Piece], contents: Mapping[str, bytes | None], ids: BlobIds
) -> str:
    """The id of one blob that has the bytes of `pieces`, which are gone."""
    if len(pieces) == 1:
        return pieces[0].blob_id
    for piece in pieces:
        cursor.execute(statements.DELETE_INLINE, (piece.blob_id,))
    joined = ids.inline()
    whole = b"".join([contents[piece.blob_id] or b"" for piece in pieces])
    cursor.execute(statements.PUT_INLINE[1], (joined, whole))
    return joined
