"""CRC-64 by combining."""

from __future__ import annotations

from fastcrc import crc64
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.crc64 import combined


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_is_that_of_both_texts_in_a_row(first: bytes, second: bytes) -> None:
    assert combined(crc64.xz(first), crc64.xz(second), len(second)) == crc64.xz(first + second)


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_many_texts_in_a_row(texts: list[bytes]) -> None:
    crc = 0
    for text in texts:
        crc = combined(crc, crc64.xz(text), len(text))
    assert crc == crc64.xz(b"".join(texts))


def test_a_long_second_text() -> None:
    zeros = bytes(1 << 20)
    crc = crc64.xz(b"abc")
    for _ in range(16):
        crc = combined(crc, crc64.xz(zeros), len(zeros))
    assert crc == crc64.xz(b"abc" + zeros * 16)
    assert combined(crc64.xz(b"abc"), crc64.xz(zeros * 16), 16 << 20) == crc
