"""Heads of pictures written by hand, by their formats' specifications."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.callback.image import ImageInfo, image_info


def png(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg(width: int, height: int, frame: int = 0xC0, exif: int = 0) -> bytes:
    parts = [b"\xff\xd8", segment(0xE0, b"JFIF\0" + bytes(9))]
    parts += [segment(0xE1, b"Exif\0\0" + bytes(60_000))] * exif
    parts += [b"\xff\xff" + segment(0xC4, bytes(20))[1:]]
    parts += [segment(frame, b"\x08" + struct.pack(">HH", height, width) + b"\x03" + bytes(9))]
    return b"".join(parts)


def webp(kind: bytes, content: bytes) -> bytes:
    chunk = kind + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def tiff(order: str, width: int, height: int) -> bytes:
    magic = b"II*\0" if order == "<" else b"MM\0*"
    wide = struct.pack(f"{order}HHI", 256, 3, 1) + struct.pack(f"{order}HH", width, 0)
    high = struct.pack(f"{order}HHII", 257, 4, 1, height)
    return magic + struct.pack(f"{order}IH", 8, 2) + wide + high


PICTURES = {
    "gif87": (b"GIF87a" + struct.pack("<HH", 7, 5) + bytes(9), ImageInfo("gif", 7, 5)),
    "gif89": (b"GIF89a" + struct.pack("<HH", 7, 5) + bytes(9), ImageInfo("gif", 7, 5)),
    "png": (png(70_000, 5), ImageInfo("png", 70_000, 5)),
    "jpeg": (jpeg(700, 500), ImageInfo("jpg", 700, 500)),
    "progressive": (jpeg(700, 500, 0xC2), ImageInfo("jpg", 700, 500)),
    "with a preview": (jpeg(7, 5, exif=3), ImageInfo("jpg", 7, 5)),
    "lossy webp": (
        webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 7 | 0x4000, 5)),
        ImageInfo("webp", 7, 5),
    ),
    "lossless webp": (
        webp(b"VP8L", b"\x2f" + struct.pack("<I", 6 | 4 << 14)),
        ImageInfo("webp", 7, 5),
    ),
    "extended webp": (
        webp(b"VP8X", bytes(4) + struct.pack("<HBHB", 6, 1, 4, 0)),
        ImageInfo("webp", 65_543, 5),
    ),
    "bmp": (
        b"BM" + bytes(12) + struct.pack("<Iii", 40, 7, -5) + bytes(28),
        ImageInfo("bmp", 7, 5),
    ),
    "tiff, Intel": (tiff("<", 7, 5), ImageInfo("tiff", 7, 5)),
    "tiff, Motorola": (tiff(">", 7, 5), ImageInfo("tiff", 7, 5)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(name: str) -> None:
    head, expected = PICTURES[name]
    assert image_info(head + bytes(100)) == expected


@pytest.mark.parametrize("name", PICTURES)
def test_a_cut_head_is_no_picture_and_no_crash(name: str) -> None:
    head, expected = PICTURES[name]
    for end in range(len(head)):
        assert image_info(head[:end]) in (None, expected)
    assert image_info(head[:9]) is None


@pytest.mark.parametrize(
    "content", [b"", b"text", b"%PDF-1.4", b"\xff\xd8\xff\xd9", b"RIFF\0\0\0\0WAVEfmt ", b"RIFF"]
)
def test_what_is_no_picture(content: bytes) -> None:
    assert image_info(content + bytes(40)) is None


@given(
    magic=st.sampled_from([content[:16] for content, _ in PICTURES.values()]),
    rest=st.binary(max_size=300),
)
def test_garbage_behind_a_magic_does_not_crash(magic: bytes, rest: bytes) -> None:
    image_info(magic + rest)
