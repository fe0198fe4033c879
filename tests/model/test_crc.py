"""CRCs by combining."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest
from awscrt import checksums
from fastcrc import crc32, crc64
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.crc import CRC32, CRC32C, CRC64_NVME, CRC64_XZ, CrcKind

Computation = Callable[[bytes], int]

#: Each kind beside another's computation of it.
KINDS: list[tuple[CrcKind, Computation]] = [
    (CRC32, zlib.crc32),
    (CRC32C, crc32.iscsi),
    (CRC64_NVME, checksums.crc64nvme),
    (CRC64_XZ, crc64.xz),
]


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (CRC32, 0xCBF43926),
        (CRC32C, 0xE3069283),
        (CRC64_NVME, 0xAE8B14860A799888),
        (CRC64_XZ, 0x995DC9BBDF1939FA),
    ],
)
def test_published_check_values(kind: CrcKind, check: int) -> None:
    crc = dict(KINDS)[kind]
    assert kind.combined(crc(b"1234"), crc(b"56789"), 5) == check


@pytest.mark.parametrize(("kind", "crc"), KINDS)
@given(first=st.binary(max_size=300), second=st.binary(max_size=300))
def test_is_that_of_both_texts_in_a_row(
    kind: CrcKind, crc: Computation, first: bytes, second: bytes
) -> None:
    assert kind.combined(crc(first), crc(second), len(second)) == crc(first + second)


@pytest.mark.parametrize(("kind", "crc"), KINDS)
@given(texts=st.lists(st.binary(max_size=50), max_size=8))
def test_many_texts_in_a_row(kind: CrcKind, crc: Computation, texts: list[bytes]) -> None:
    combined = 0
    for text in texts:
        combined = kind.combined(combined, crc(text), len(text))
    assert combined == crc(b"".join(texts))


@pytest.mark.parametrize(("kind", "crc"), KINDS)
def test_a_long_second_text(kind: CrcKind, crc: Computation) -> None:
    zeros = bytes(1 << 20)
    combined = crc(b"abc")
    for _ in range(16):
        combined = kind.combined(combined, crc(zeros), len(zeros))
    assert combined == crc(b"abc" + zeros * 16)
    assert kind.combined(crc(b"abc"), crc(zeros * 16), 16 << 20) == combined
