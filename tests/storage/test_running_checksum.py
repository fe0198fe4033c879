"""S3's checksums, computed."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.checksums import (
    ALGORITHMS,
    CRC32,
    CRC32C,
    CRC64NVME,
    SHA1,
    SHA256,
    ChecksumAlgorithm,
    written,
)
from pillarbox.model.object_checksum import combined
from pillarbox.storage.running_checksum import checksum_of, composite, running_checksum


@pytest.mark.parametrize(
    ("algorithm", "data", "expected"),
    [
        # The check values of the catalogue of parametrised CRC algorithms.
        (CRC32, b"123456789", "cbf43926"),
        (CRC32C, b"123456789", "e3069283"),
        (CRC64NVME, b"123456789", "ae8b14860a799888"),
        # RFC 3720 appendix B.4.
        (CRC32C, bytes(32), "8a9136aa"),
        (CRC32C, b"\xff" * 32, "62a8ab43"),
        (CRC32C, bytes(range(32)), "46dd794e"),
        # FIPS 180-2 appendices A.1 and B.1.
        (SHA1, b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (SHA256, b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
)
def test_published_values(algorithm: ChecksumAlgorithm, data: bytes, expected: str) -> None:
    assert checksum_of(algorithm, data).hex() == expected


def test_the_trailer_of_aws_example() -> None:
    """AWS: "Signature calculations for trailing headers", 65 KiB of the letter a."""
    assert written(checksum_of(CRC32C, b"a" * 66560)) == "sOO8/Q=="


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(pieces=st.lists(st.binary(max_size=40), max_size=5))
def test_piece_by_piece(algorithm: ChecksumAlgorithm, pieces: list[bytes]) -> None:
    running = running_checksum(algorithm)
    for piece in pieces:
        running.update(piece)
    assert running.digest() == checksum_of(algorithm, b"".join(pieces))
    assert len(running.digest()) == algorithm.size


@pytest.mark.parametrize("algorithm", [CRC32, CRC32C, CRC64NVME])
@given(parts=st.lists(st.binary(max_size=60), max_size=5))
def test_combined_of_parts(algorithm: ChecksumAlgorithm, parts: list[bytes]) -> None:
    whole = combined(algorithm, [(checksum_of(algorithm, part), len(part)) for part in parts])
    assert whole.digest == checksum_of(algorithm, b"".join(parts))


def test_composite_is_of_the_parts_checksums() -> None:
    digests = [hashlib.sha256(part).digest() for part in (b"ab", b"c")]
    whole = composite(SHA256, digests)
    assert whole.digest == hashlib.sha256(digests[0] + digests[1]).digest()
    assert whole.text == written(whole.digest) + "-2"
