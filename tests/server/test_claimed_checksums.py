"""What a completion of S3 says of checksums and size."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pillarbox.model.checksums import CRC32, SHA256
from pillarbox.model.multipart import S3_MIN_PART_SIZE
from pillarbox.model.multipart_checksum import ClaimedChecksums
from pillarbox.model.object_checksum import ChecksumType, ObjectChecksum
from pillarbox.server.claimed_checksums import part_rules
from pillarbox.storage.multipart import OSS_PARTS
from pillarbox.wire_xml.completion import ListedPart
from tests.refusing import refused
from tests.server.aws_chunked_bodies import SDK_CHECKSUMS
from tests.server.requests import Pairs, request

OF_CRC32 = ObjectChecksum.read(CRC32, SDK_CHECKSUMS["CRC32"])
OF_SHA256 = ObjectChecksum.read(SHA256, SDK_CHECKSUMS["SHA256"])
HEADER = (b"x-amz-checksum-crc32", SDK_CHECKSUMS["CRC32"].encode())
ELEMENT = ("ChecksumCRC32", SDK_CHECKSUMS["CRC32"])


def claimed(
    *headers: tuple[bytes, bytes], query: bytes = b"", listed: Sequence[ListedPart] = ()
) -> ClaimedChecksums:
    found = request("POST", headers=[(b"x-amz-date", b"a"), *headers], query=query)
    rules = part_rules(found, listed)
    assert rules.min_size == S3_MIN_PART_SIZE
    assert rules.claimed is not None
    return rules.claimed


def test_oss_claims_nothing() -> None:
    assert part_rules(request("POST"), [ListedPart(1, "e", (ELEMENT,))]) is OSS_PARTS


def test_nothing_claimed() -> None:
    assert claimed(listed=[ListedPart(1, "e")]) == ClaimedChecksums()


def test_of_the_whole_and_its_parts() -> None:
    listed = [ListedPart(1, "e", (ELEMENT,)), ListedPart(2, "f")]
    kind = (b"x-amz-checksum-type", b"full_object")
    found = claimed(HEADER, kind, listed=listed)
    assert found == ClaimedChecksums({1: OF_CRC32}, OF_CRC32, ChecksumType.FULL_OBJECT)
    in_url = claimed(query=b"X-Amz-Checksum-Crc32=y%2FQ5Jg%3D%3D")
    assert in_url == ClaimedChecksums(whole=OF_CRC32)
    both = claimed(HEADER, query=b"X-Amz-Checksum-Crc32=AAAAAA%3D%3D")
    assert both == ClaimedChecksums(whole=OF_CRC32)


def test_what_else_begins_so_is_none() -> None:
    assert claimed((b"x-amz-checksum-algorithm", b"CRC32")) == ClaimedChecksums()


def test_of_two_none_is_left_uncompared() -> None:
    with refused("InvalidRequest"):
        claimed(HEADER, (b"x-amz-checksum-sha256", SDK_CHECKSUMS["SHA256"].encode()))
    other = ("ChecksumSHA256", SDK_CHECKSUMS["SHA256"])
    with refused("InvalidRequest", 400, "Expecting a single checksum of part 1."):
        claimed(listed=[ListedPart(1, "e", (ELEMENT, other))])


@pytest.mark.parametrize(
    "headers",
    [
        [(b"x-amz-checksum-md6", b"AAAA")],
        [(b"x-amz-checksum-crc32", b"none")],
        [(b"x-amz-checksum-crc32", b"")],
        [(b"x-amz-checksum-type", b"ANY")],
    ],
)
def test_what_can_t_be(headers: Pairs) -> None:
    with refused("InvalidRequest"):
        claimed(*headers)


def test_parts_with_what_is_no_checksum() -> None:
    for name, text, code in (
        ("ChecksumMD6", "AAAA", "MalformedXML"),
        ("ChecksumCRC32", "none", "InvalidRequest"),
    ):
        with refused(code):
            claimed(listed=[ListedPart(1, "e", ((name, text),))])
