"""Checksums of whole objects."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.checksums import CRC32, CRC32C, CRC64NVME, SHA1, SHA256, ChecksumAlgorithm
from pillarbox.model.object_checksum import (
    ChecksumType,
    ObjectChecksum,
    chosen_checksum,
    combined,
)
from tests.refusing import refused

COMPOSITE, FULL_OBJECT = ChecksumType.COMPOSITE, ChecksumType.FULL_OBJECT
DIGEST = b"\xcb\xf49&"


@pytest.mark.parametrize(
    ("checksum", "text", "type_"),
    [
        (ObjectChecksum(CRC32, DIGEST), "y/Q5Jg==", FULL_OBJECT),
        (ObjectChecksum(CRC32, DIGEST, 3), "y/Q5Jg==-3", COMPOSITE),
        (ObjectChecksum(CRC32, DIGEST, 10_000), "y/Q5Jg==-10000", COMPOSITE),
    ],
)
def test_text_and_type(checksum: ObjectChecksum, text: str, type_: ChecksumType) -> None:
    assert (checksum.text, checksum.type) == (text, type_)
    assert ObjectChecksum.read(CRC32, text) == checksum


@pytest.mark.parametrize(
    "text", ["", "-3", "y/Q5Jg==-", "y/Q5Jg==-x", "y/Q5Jg==-123456", "y/Q5Jg==-٣", "y/Q5Jg==-3-3"]
)
def test_no_checksum_of_an_object(text: str) -> None:
    with refused("InvalidRequest", 400, "Value for x-amz-checksum-crc32 header is invalid."):
        ObjectChecksum.read(CRC32, text)


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_combined(parts: list[bytes]) -> None:
    digests = [(zlib.crc32(part).to_bytes(4, "big"), len(part)) for part in parts]
    whole = combined(CRC32, digests)
    assert whole == ObjectChecksum(CRC32, zlib.crc32(b"".join(parts)).to_bytes(4, "big"))


def test_a_hash_is_not_combined() -> None:
    with pytest.raises(ValueError, match="SHA1 of parts"):
        combined(SHA1, [])


@pytest.mark.parametrize(
    ("algorithm", "type_", "expected"),
    [
        (None, None, None),
        ("crc32", None, (CRC32, COMPOSITE)),
        ("CRC32C", "FULL_OBJECT", (CRC32C, FULL_OBJECT)),
        ("SHA256", "composite", (SHA256, COMPOSITE)),
        ("CRC64NVME", None, (CRC64NVME, FULL_OBJECT)),
    ],
)
def test_what_an_upload_in_parts_is_begun_with(
    algorithm: str | None,
    type_: str | None,
    expected: tuple[ChecksumAlgorithm, ChecksumType] | None,
) -> None:
    assert chosen_checksum(algorithm, type_) == expected


@pytest.mark.parametrize(
    ("algorithm", "type_", "message"),
    [
        (
            None,
            "COMPOSITE",
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
            "header.",
        ),
        ("CRC32", "WHOLE", "Value for x-amz-checksum-type header is invalid."),
        (
            "SHA1",
            "FULL_OBJECT",
            "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.",
        ),
        (
            "CRC64NVME",
            "COMPOSITE",
            "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
        ),
    ],
)
def test_what_does_not_fit(algorithm: str | None, type_: str, message: str) -> None:
    with refused("InvalidRequest", 400, message):
        chosen_checksum(algorithm, type_)
