"""The CRC-64 of two texts in a row from those of each: no byte has to be read again.

CRC-64/XZ, as `x-oss-hash-crc64ecma` has it (facts 4.9). A CRC is a polynomial over GF(2), modulo
another one; appending N bytes multiplies it by x to the power of 8 N. The register begins and ends
with all bits turned over, and in a combination both turns cancel. Bits are reflected: the highest
is the coefficient of x to the power of 0.
"""

from __future__ import annotations

from functools import lru_cache

_POLYNOMIAL = 0xC96C5795D7870F42
_ONE = 1 << 63  # x to the power of 0
_X = 1 << 62


def combined(first: int, second: int, second_size: int) -> int:
    """The CRC-64 of two texts in a row.

    Args:
        first: CRC-64 of the first text.
        second: of the second.
        second_size: bytes of the second.
    """
    return _product(_power(second_size), first) ^ second


def _product(left: int, right: int) -> int:
    result = 0
    bit = _ONE
    while left:
        if left & bit:
            result ^= right
            left ^= bit
        bit >>= 1
        right = (right >> 1) ^ (_POLYNOMIAL if right & 1 else 0)
    return result


@lru_cache(maxsize=1024)
def _power(size: int) -> int:
    """x to the power of 8 times `size`. Parts of an upload have few sizes."""
    result = _ONE
    square = _product(_product(_X, _X), _product(_X, _X))
    square = _product(square, square)  # x to the power of 8
    while size:
        if size & 1:
            result = _product(result, square)
        square = _product(square, square)
        size >>= 1
    return result
