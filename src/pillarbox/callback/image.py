"""Format and size of a picture, from its first bytes (OSS: "Callback", imageInfo).

Only heads are read, never pixels: GIF, PNG, JPEG, WebP, BMP and TIFF. Whatever is cut or broken is
no picture.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

#: Bytes of a file that are looked at. Cameras put previews and profiles in front of the size.
HEAD_SIZE = 256 * 1024

#: JPEG markers that carry the size: every SOF but DHT, JPG and DAC (ITU-T T.81, table B.1).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: Markers without a length behind them: TEM, RST0 to RST7, SOI.
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_MOST_TIFF_ENTRIES = 512


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What a picture is.

    Attributes:
        format: `jpg`, `png`, `gif`, `webp`, `bmp` or `tiff`.
        width, height: pixels.
    """

    format: str
    width: int
    height: int


def image_info(head: bytes) -> ImageInfo | None:
    """The picture that begins with `head`, None if it is none of the formats above."""
    for format_, magic, read in _FORMATS:
        if head.startswith(magic):
            try:
                size = read(head)
            except (struct.error, IndexError):
                return None
            return None if size is None else ImageInfo(format_, *size)
    return None


def _gif(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _png(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _jpeg(head: bytes) -> tuple[int, int] | None:
    place = 2
    while head[place] == 0xFF:
        marker = head[place + 1]
        place += 1
        if marker == 0xFF:  # fill bytes
            continue
        place += 1
        if marker in _BARE:
            continue
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", head, place + 3)
            return width, height
        (length,) = struct.unpack_from(">H", head, place)
        place += length
    return None


def _webp(head: bytes) -> tuple[int, int] | None:
    if head[8:12] != b"WEBP":
        return None
    match head[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", head, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width, high, height, higher = struct.unpack_from("<HBHB", head, 24)
            return (width | high << 16) + 1, (height | higher << 16) + 1
        case _:
            return None


def _bmp(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<ii", head, 18)
    return width, abs(height)  # negative: the rows stand from top to bottom


def _tiff(head: bytes) -> tuple[int, int] | None:
    order = "<" if head.startswith(b"II") else ">"
    (place,) = struct.unpack_from(f"{order}I", head, 4)
    (entries,) = struct.unpack_from(f"{order}H", head, place)
    found = {}
    for number in range(min(entries, _MOST_TIFF_ENTRIES)):
        start = place + 2 + number * 12
        tag, kind = struct.unpack_from(f"{order}HH", head, start)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT):
            (found[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), head, start + 8)
    if len(found) < 2:
        return None
    return found[_TIFF_WIDTH], found[_TIFF_HEIGHT]


_FORMATS: tuple[tuple[str, bytes, Callable[[bytes], tuple[int, int] | None]], ...] = (
    ("gif", b"GIF87a", _gif),
    ("gif", b"GIF89a", _gif),
    ("png", b"\x89PNG\r\n\x1a\n", _png),
    ("jpg", b"\xff\xd8\xff", _jpeg),
    ("webp", b"RIFF", _webp),
    ("bmp", b"BM", _bmp),
    ("tiff", b"II*\0", _tiff),
    ("tiff", b"MM\0*", _tiff),
)
