"""Reading the bytes of one object or part, and holding them to what its row says."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from fastcrc import crc64

from pillarbox.model.crc import CRC64_XZ
from pillarbox.model.limits import MIB
from pillarbox.storage.blobs.blob_id import is_composite, is_file, is_inline
from pillarbox.storage.blobs.run_folder import blob_path
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.objects import inline_bytes
from pillarbox.storage.composite_reading import Piece, pieces_of
from pillarbox.storage.fsck.fault import FaultKind
from pillarbox.storage.layout import Layout
from pillarbox.storage.pace import Pace

_PIECE = 1 * MIB

#: Files whose CRC is remembered: copies share them, and mostly lie side by side.
_REMEMBERED = 4096


class Flaw(NamedTuple):
    """What is wrong with the bytes of a row."""

    kind: FaultKind
    expected: str
    found: str


class _FlawFound(Exception):  # noqa: N818 - it is what happened
    def __init__(self, kind: FaultKind, expected: str, found: str) -> None:
        super().__init__()
        self.flaw = Flaw(kind, expected, found)


class BlobExamination:
    """Examines blobs of one store.

    Attributes:
        with_crc: whether bytes are read at all, or only their sizes looked at.
    """

    def __init__(self, layout: Layout, catalog: Catalog, pace: Pace, *, with_crc: bool) -> None:
        self.with_crc = with_crc
        self._layout = layout
        # Kept open: a transaction for each small object would take as long as all else.
        self._reader = catalog.reader()
        self._pace = pace
        self._crcs: OrderedDict[str, int] = OrderedDict()

    def close(self) -> None:
        """Let go of the catalog."""
        self._reader.close()

    def flaw(self, blob_id: str | None, size: int, crc: int) -> Flaw | None:
        """What is wrong with the bytes of a row that names `blob_id`; None if nothing is.

        Args:
            size: in bytes, as the row says.
            crc: CRC-64/XZ, likewise.
        """
        try:
            found = self._crc(blob_id, size)
        except _FlawFound as bad:
            return bad.flaw
        if found is None or found == crc:
            return None
        where = "" if blob_id is None else f" in {self._place(blob_id)}"
        return Flaw(FaultKind.CRC, f"CRC-64 {crc}", f"{found}{where}")

    def _crc(self, blob_id: str | None, size: int) -> int | None:
        if blob_id is None:
            if size:
                raise _FlawFound(FaultKind.LOST, f"{size} bytes", "a row that names no blob")
            return 0
        if is_composite(blob_id):
            return self._crc_of_list(blob_id, size)
        return self._crc_of_one(blob_id, size)

    def _crc_of_list(self, blob_id: str, size: int) -> int | None:
        pieces = pieces_of(self._reader.cursor(), blob_id)
        if not pieces:
            raise _FlawFound(FaultKind.LOST, f"the blobs of the list {blob_id}", "an empty list")
        total = sum(piece.size for piece in pieces)
        if total != size:
            raise _FlawFound(FaultKind.SIZE, f"{size} bytes", f"{total} in the list {blob_id}")
        return self._crc_of_pieces(pieces)

    def _crc_of_pieces(self, pieces: Sequence[Piece]) -> int | None:
        whole = 0
        for number, piece in enumerate(pieces, start=1):
            try:
                one = self._crc_of_one(piece.blob_id, piece.size)
            except _FlawFound as bad:
                flaw = bad.flaw
                which = f"{flaw.expected} as blob {number} of {len(pieces)}"
                raise _FlawFound(flaw.kind, which, flaw.found) from None
            if one is not None:
                whole = CRC64_XZ.combined(whole, one, piece.size)
        return whole if self.with_crc else None

    def _crc_of_one(self, blob_id: str, size: int) -> int | None:
        if is_inline(blob_id):
            return self._crc_of_inline(blob_id, size)
        if not is_file(blob_id):
            raise _FlawFound(FaultKind.LOST, "the id of a blob", repr(blob_id))
        try:
            return self._crc_of_file(blob_id, size)
        except FileNotFoundError:
            where = f"{size} bytes in {self._place(blob_id)}"
            raise _FlawFound(FaultKind.LOST, where, "no such file") from None
        except OSError as error:
            where = f"{size} bytes in {self._place(blob_id)}"
            found = f"a file that can't be read ({error.strerror})"
            raise _FlawFound(FaultKind.UNREADABLE, where, found) from None

    def _crc_of_inline(self, blob_id: str, size: int) -> int | None:
        content = inline_bytes(self._reader.cursor(), blob_id)
        where = f"{size} bytes in the catalog as {blob_id}"
        if content is None:
            raise _FlawFound(FaultKind.LOST, where, "none")
        if len(content) != size:
            raise _FlawFound(FaultKind.SIZE, where, f"{len(content)} bytes")
        if not self.with_crc:
            return None
        self._pace.count(size)
        return crc64.xz(content)

    def _crc_of_file(self, blob_id: str, size: int) -> int | None:
        path = blob_path(self._layout, blob_id)
        found = path.stat().st_size
        if found != size:
            where = f"{size} bytes in {self._place(blob_id)}"
            raise _FlawFound(FaultKind.SIZE, where, f"{found} bytes")
        if not self.with_crc:
            return None
        if blob_id in self._crcs:
            self._crcs.move_to_end(blob_id)
            return self._crcs[blob_id]
        crc = 0
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            while piece := os.read(descriptor, _PIECE):
                crc = crc64.xz(piece, crc)
                self._pace.count(len(piece))
        finally:
            os.close(descriptor)
        self._crcs[blob_id] = crc
        if len(self._crcs) > _REMEMBERED:
            self._crcs.popitem(last=False)
        return crc

    def _place(self, blob_id: str) -> str:
        if is_file(blob_id):
            return str(blob_path(self._layout, blob_id).relative_to(self._layout.root))
        return blob_id
