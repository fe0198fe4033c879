"""The parts of one multipart upload as they go up: those that are there already are not sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pillarbox.client.crc64 import Crc64, crc64_of_bytes
from pillarbox.client.errors import DamagedError
from pillarbox.client.multipart import MAX_PARTS, MultipartUploads, Part
from pillarbox.client.part_sending import PartSending
from pillarbox.client.retries import retried
from pillarbox.client.transfer import Moved, counted


@dataclass(frozen=True, slots=True)
class SentParts:
    """All parts of an upload.

    Attributes:
        crc64: of all bytes in their order, counted here.
        size: bytes.
        kept: bytes of parts that were there before.
    """

    parts: Sequence[Part]
    crc64: int
    size: int
    kept: int


def send_parts(
    uploads: MultipartUploads,
    upload_id: str,
    bodies: Iterable[bytes],
    moved: Moved,
    there: Mapping[int, Part] | None = None,
) -> SentParts:
    """Send `bodies` as the parts 1, 2, ….

    Args:
        there: parts that the store holds, by number; what is the same isn't sent.

    Raises:
        ValueError: there are over 10,000.
        DamagedError: what the store got is not what was sent, three times.
        StoreError: as `Connection.send`.
    """
    crc = Crc64()
    parts: list[Part] = []
    with PartSending() as sending:
        for number, body in enumerate(bodies, 1):
            if number > MAX_PARTS:
                raise ValueError(f"over {MAX_PARTS} parts: give larger ones by --part-size")
            crc.update(body)
            found = (there or {}).get(number)
            if found is not None and _is_same(found, body):
                parts.append(found)
                moved(len(body))
            else:
                sending.submit(_Sending(uploads, upload_id, number, body, moved).send)
        kept = sum(part.size for part in parts)
        return SentParts([*parts, *sending.sent()], crc.value, crc.size, kept)


def _is_same(found: Part, body: bytes) -> bool:
    if found.size != len(body):
        return False
    if found.crc64 is not None:
        return found.crc64 == crc64_of_bytes(body)
    return found.etag.strip('"').lower() == hashlib.md5(body, usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class _Sending:
    """One part on its way, as often as it takes."""

    uploads: MultipartUploads
    upload_id: str
    number: int
    body: bytes
    moved: Moved

    def send(self) -> Part:
        return retried(lambda: counted(self.moved, self._send_once))

    def _send_once(self, sent: Moved) -> Part:
        part = self.uploads.put(self.upload_id, self.number, self.body, sent)
        if part.crc64 is not None and part.crc64 != (own := crc64_of_bytes(self.body)):
            raise DamagedError(
                f"part {self.number} of {self.uploads.target}",
                f"CRC-64 {part.crc64} in place of {own}",
            )
        return part
