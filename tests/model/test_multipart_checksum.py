"""The checksum of an object in parts; texts are those that S3's clients compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.checksums import (
    CRC32,
    CRC32C,
    CRC64NVME,
    SHA1,
    SHA256,
    ChecksumAlgorithm,
)
from pillarbox.model.multipart import Part
from pillarbox.model.multipart_checksum import ClaimedChecksums, whole_checksum
from pillarbox.model.object_checksum import ChecksumType, ChosenChecksum, ObjectChecksum
from pillarbox.storage.running_checksum import checksum_of, composite
from tests.refusing import refused

COMPOSITE, FULL_OBJECT = ChecksumType.COMPOSITE, ChecksumType.FULL_OBJECT
CONTENTS = (b"first", b"second", b"")


def checksum(algorithm: ChecksumAlgorithm, content: bytes) -> ObjectChecksum:
    return ObjectChecksum(algorithm, checksum_of(algorithm, content))


def parts(algorithm: ChecksumAlgorithm | None, contents: Sequence[bytes] = CONTENTS) -> list[Part]:
    """Numbers 1, 3, 5, …"""
    return [
        Part(
            2 * at + 1,
            f"f{at}",
            len(content),
            b"m" * 16,
            0,
            0,
            None if algorithm is None else checksum(algorithm, content),
        )
        for at, content in enumerate(contents)
    ]


def claims(
    present: Sequence[Part],
    whole: ObjectChecksum | None = None,
    type_: ChecksumType | None = None,
) -> ClaimedChecksums:
    """What a client says that keeps what it was told of each part."""
    of_parts = {part.number: part.checksum for part in present if part.checksum is not None}
    return ClaimedChecksums(of_parts, whole, type_)


def whole_of(
    chosen: ChosenChecksum | None, present: Sequence[Part], claimed: ClaimedChecksums | None
) -> ObjectChecksum | None:
    return whole_checksum(chosen, present, claimed, composite)


@pytest.mark.parametrize(
    ("algorithm", "type_"),
    [
        *((algorithm, COMPOSITE) for algorithm in (CRC32, CRC32C, SHA1, SHA256)),
        *((algorithm, FULL_OBJECT) for algorithm in (CRC32, CRC32C, CRC64NVME)),
    ],
)
@given(contents=st.lists(st.binary(max_size=30), min_size=1, max_size=4))
def test_of_any_parts(
    algorithm: ChecksumAlgorithm, type_: ChecksumType, contents: list[bytes]
) -> None:
    present = parts(algorithm, contents)
    if type_ is FULL_OBJECT:
        expected = checksum(algorithm, b"".join(contents))
    else:
        digests = b"".join(checksum_of(algorithm, content) for content in contents)
        expected = ObjectChecksum(algorithm, checksum_of(algorithm, digests), len(contents))
    chosen = (algorithm, type_)
    for claimed in (None, claims(present), claims(present, expected, type_)):
        assert whole_of(chosen, present, claimed) == expected


def test_a_composite_as_s3_makes_it() -> None:
    """Ceph's tests of S3: three parts of `A`, `B` and `C`, 5 MiB, 5 MiB and 5 MiB."""
    present = parts(SHA256, [letter * (5 << 20) for letter in (b"A", b"B", b"C")])
    whole = whole_of((SHA256, COMPOSITE), present, claims(present))
    assert whole is not None
    assert whole.text == "uWBwpe1dxI4Vw8Gf0X9ynOdw/SS6VBzfWm9giiv1sf4=-3"


def test_the_number_of_parts_may_be_left_out() -> None:
    present = parts(SHA1)
    whole = whole_of((SHA1, COMPOSITE), present, claims(present))
    assert whole is not None
    bare = replace(whole, parts=None)
    assert whole_of((SHA1, COMPOSITE), present, claims(present, bare)) == whole


@pytest.mark.parametrize("algorithm", [None, CRC32])
def test_an_upload_that_was_begun_without_gives_none(algorithm: ChecksumAlgorithm | None) -> None:
    present = parts(algorithm)
    for claimed in (None, claims(present), ClaimedChecksums()):
        assert whole_of(None, present, claimed) is None


@pytest.mark.parametrize("type_", ChecksumType)
def test_who_knows_no_checksums_is_not_asked_for_them(type_: ChecksumType) -> None:
    present = parts(CRC32)
    assert whole_of((CRC32, type_), present, None) is not None
    for lacking in (None, checksum(SHA1, b"second")):
        present[1] = replace(present[1], checksum=lacking)
        assert whole_of((CRC32, type_), present, None) is None


def test_full_object_needs_none_in_the_list() -> None:
    whole = whole_of((CRC64NVME, FULL_OBJECT), parts(CRC64NVME), ClaimedChecksums())
    assert whole == checksum(CRC64NVME, b"firstsecond")


class TestRefused:
    def test_composite_without_one_in_the_list(self) -> None:
        present = parts(SHA256)
        listed = claims([present[0], present[2]])
        message = (
            "The upload was created using a sha256 checksum. The complete request must include "
            "the checksum for each part. It was missing for part 3 in the request."
        )
        with refused("InvalidRequest", 400, message):
            whole_of((SHA256, COMPOSITE), present, listed)

    @pytest.mark.parametrize("chosen", [None, (CRC32, COMPOSITE), (CRC32, FULL_OBJECT)])
    def test_another_one_of_a_part(self, chosen: ChosenChecksum | None) -> None:
        present = parts(CRC32)
        listed = claims([*present[:2], replace(present[2], checksum=checksum(CRC32, b"x"))])
        with refused("InvalidPart", PartNumber="5", ETag=present[2].etag):
            whole_of(chosen, present, listed)

    @pytest.mark.parametrize("chosen", [None, (CRC32, COMPOSITE), (CRC32, FULL_OBJECT)])
    def test_one_of_a_part_that_came_without(self, chosen: ChosenChecksum | None) -> None:
        listed = claims(parts(CRC32))
        present = parts(CRC32)
        present[0] = replace(present[0], checksum=None)
        with refused("InvalidPart", PartNumber="1", ETag=present[0].etag):
            whole_of(chosen, present, listed)

    def test_another_algorithm_for_a_part(self) -> None:
        message = "The sha256 you specified for part 1 did not match what we received."
        with refused("BadDigest", 400, message):
            whole_of((CRC32C, FULL_OBJECT), parts(CRC32C), claims(parts(SHA256)))

    def test_a_part_that_was_uploaded_without(self) -> None:
        present = parts(CRC32)
        present[1] = replace(present[1], checksum=None)
        message = (
            "The upload was created using a crc32 checksum. Part 3 was uploaded without one: "
            "upload it again, with its checksum."
        )
        with refused("InvalidRequest", 400, message):
            whole_of((CRC32, FULL_OBJECT), present, claims(present))

    @pytest.mark.parametrize(
        ("chosen", "whole"),
        [
            ((CRC32, FULL_OBJECT), checksum(CRC32, b"another")),
            ((CRC32, FULL_OBJECT), replace(checksum(CRC32, b"firstsecond"), parts=3)),
            ((CRC32, COMPOSITE), checksum(CRC32, b"firstsecond")),
            (
                (CRC32, COMPOSITE),
                replace(
                    composite(CRC32, [checksum_of(CRC32, content) for content in CONTENTS]),
                    parts=2,
                ),
            ),
        ],
    )
    def test_another_one_of_the_whole(self, chosen: ChosenChecksum, whole: ObjectChecksum) -> None:
        present = parts(CRC32)
        message = "The CRC32 you specified did not match the calculated checksum."
        with refused("BadDigest", 400, message):
            whole_of(chosen, present, claims(present, whole))

    @pytest.mark.parametrize(("chosen", "expected"), [(None, "null"), ((SHA1, COMPOSITE), "sha1")])
    def test_another_algorithm_for_the_whole(
        self, chosen: ChosenChecksum | None, expected: str
    ) -> None:
        present = parts(SHA1)
        message = (
            f"Checksum Type mismatch occurred, expected checksum Type: {expected}, actual "
            "checksum Type: crc32"
        )
        with refused("InvalidRequest", 400, message):
            whole_of(chosen, present, claims(present, checksum(CRC32, b"")))

    @pytest.mark.parametrize(
        ("chosen", "begun_with"), [(None, "null"), ((CRC32, COMPOSITE), "COMPOSITE")]
    )
    def test_another_type(self, chosen: ChosenChecksum | None, begun_with: str) -> None:
        present = parts(CRC32)
        message = (
            f"The upload was created using the {begun_with} checksum mode. The complete request "
            "must use the same checksum mode."
        )
        with refused("BadDigest", 400, message):
            whole_of(chosen, present, claims(present, type_=FULL_OBJECT))
