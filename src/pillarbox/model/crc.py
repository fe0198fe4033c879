"""The CRC of two texts in a row from those of each: no byte has to be read again.

A CRC is a polynomial over GF(2), modulo another one; appending N bytes multiplies it by x to the
power of 8 N. The register begins and ends with all bits turned over, and in a combination both
turns cancel. Bits are reflected: the highest is the coefficient of x to the power of 0. All kinds
here are of this sort and differ in width and polynomial only.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cache

#: Products of a factor with each byte in each of its places.
_Products = tuple["array[int]", ...]


@dataclass(frozen=True, slots=True)
class CrcKind:
    """One CRC among the many.

    Attributes:
        width: in bits.
        polynomial: what all is taken modulo, reflected, without its highest power.
    """

    width: int
    polynomial: int

    def combined(self, first: int, second: int, second_size: int) -> int:
        """The CRC of two texts in a row.

        Costs some ten microseconds for a size of any kind, for there may be ten thousand parts of
        as many sizes.

        Args:
            first: CRC of the first text.
            second: of the second.
            second_size: bytes of the second.
        """
        power = 0
        while second_size:
            if second_size & 1:
                first = _times(first, _products(self, power))
            second_size >>= 1
            power += 1
        return first ^ second


#: CRC-64/XZ, as `x-oss-hash-crc64ecma` has it (facts 4.9).
CRC64_XZ = CrcKind(64, 0xC96C5795D7870F42)

#: What S3 calls CRC32 (CRC-32/ISO-HDLC, as in zip and Ethernet), CRC32C (CRC-32/ISCSI, RFC 3720
#: appendix B.4) and CRC64NVME (CRC-64/NVME, NVM Command Set Specification 1.0, section 5.2.1.3.4).
CRC32 = CrcKind(32, 0xEDB88320)
CRC32C = CrcKind(32, 0x82F63B78)
CRC64_NVME = CrcKind(64, 0x9A6C9329AC4BC9B5)


def _times(value: int, products: _Products) -> int:
    result = 0
    for place in products:
        result ^= place[value & 255]
        value >>= 8
    return result


@cache
def _products(kind: CrcKind, power: int) -> _Products:
    """Of x to the power of 8 times 2 to `power`: what 2 to `power` bytes more multiply by."""
    factor = _square(kind, power)
    places = []
    for shift in range(0, kind.width, 8):
        place = array("Q", bytes(8 * 256))
        for byte in range(1, 256):
            lowest = byte & -byte
            rest = byte ^ lowest
            place[byte] = (
                place[rest] ^ place[lowest] if rest else _product(kind, byte << shift, factor)
            )
        places.append(place)
    return tuple(places)


@cache
def _square(kind: CrcKind, power: int) -> int:
    """X to the power of 8 times 2 to `power`."""
    if power == 0:
        return 1 << (kind.width - 1 - 8)
    root = _square(kind, power - 1)
    return _product(kind, root, root)


def _product(kind: CrcKind, left: int, right: int) -> int:
    result = 0
    bit = 1 << (kind.width - 1)  # x to the power of 0
    while left:
        if left & bit:
            result ^= right
            left ^= bit
        bit >>= 1
        right = (right >> 1) ^ (kind.polynomial if right & 1 else 0)
    return result
