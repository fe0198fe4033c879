"""What a request may announce of its body's checksum; texts are those of S3."""

from __future__ import annotations

import base64

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
    AnnouncedChecksum,
    ChecksumAlgorithm,
    algorithm_named,
    announced_checksum,
    written,
)
from pillarbox.model.refusals import Refusal
from tests.refusing import refused

#: CRC-32 of "123456789".
CHECK = ("x-amz-checksum-crc32", "y/Q5Jg==")
SEVERAL = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."


@pytest.mark.parametrize(
    ("name", "header", "size"),
    [
        ("CRC32", "x-amz-checksum-crc32", 4),
        ("CRC32C", "x-amz-checksum-crc32c", 4),
        ("CRC64NVME", "x-amz-checksum-crc64nvme", 8),
        ("SHA1", "x-amz-checksum-sha1", 20),
        ("SHA256", "x-amz-checksum-sha256", 32),
    ],
)
def test_algorithms(name: str, header: str, size: int) -> None:
    algorithm = algorithm_named(name.lower())
    assert (algorithm.name, algorithm.header, algorithm.size) == (name, header, size)


def test_an_algorithm_that_nobody_knows() -> None:
    message = (
        "Checksum algorithm provided is unsupported. Please try again with any of the valid "
        "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
    )
    with refused("InvalidRequest", 400, message):
        algorithm_named("MD4")


@given(st.sampled_from(ALGORITHMS), st.data())
def test_what_is_written_is_read(algorithm: ChecksumAlgorithm, data: st.DataObject) -> None:
    digest = data.draw(st.binary(min_size=algorithm.size, max_size=algorithm.size))
    assert algorithm.read(written(digest)) == algorithm.read_trailing(written(digest)) == digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "y/Q5Jg",  # no padding
        "y/Q5Jh==",  # bits where there is nothing
        "y/Q5Jg==\n",
        " y/Q5Jg==",
        "y_Q5Jg==",
        "yéQ5Jg==",
        "cbf43926",
        base64.b64encode(b"123").decode(),
        base64.b64encode(b"12345").decode(),
    ],
)
def test_no_value_of_a_checksum(text: str) -> None:
    with refused("InvalidRequest", 400, "Value for x-amz-checksum-crc32 header is invalid."):
        CRC32.read(text)
    with refused(
        "InvalidRequest", 400, "Value for x-amz-checksum-crc32 trailing header is invalid."
    ):
        CRC32.read_trailing(text)


def test_a_mismatch() -> None:
    message = "The CRC64NVME you specified did not match the calculated checksum."
    with refused("BadDigest", 400, message):
        raise CRC64NVME.mismatch()


class TestAnnounced:
    def test_nothing(self) -> None:
        headers = [
            ("x-amz-checksum-algorithm", "CRC32"),
            ("x-amz-checksum-type", "COMPOSITE"),
            ("x-amz-checksum-mode", "ENABLED"),
            ("x-amz-trailer", " , "),
            ("content-md5", "none of ours"),
        ]
        assert announced_checksum(headers) is None

    def test_by_header(self) -> None:
        expected = AnnouncedChecksum(CRC32, b"\xcb\xf49&")
        assert announced_checksum([CHECK]) == expected
        assert announced_checksum([("X-Amz-Checksum-CRC32", " y/Q5Jg== ")]) == expected
        assert expected.trailer is None

    @pytest.mark.parametrize(
        "value",
        ["x-amz-checksum-crc32c", "X-Amz-Checksum-Crc32c", "x-amz-checksum-crc32c,"],
    )
    def test_by_trailer(self, value: str) -> None:
        announced = announced_checksum([("x-amz-trailer", value)])
        assert announced == AnnouncedChecksum(CRC32C, None)
        assert announced is not None
        assert announced.trailer == "x-amz-checksum-crc32c"

    def test_with_the_algorithm_as_sdks_send_it(self) -> None:
        sdk = ("x-amz-sdk-checksum-algorithm", "CRC32")
        assert announced_checksum([sdk, CHECK]) == announced_checksum([CHECK])
        announced = announced_checksum([("x-amz-trailer", "x-amz-checksum-sha1"), _sdk("sha1")])
        assert announced == AnnouncedChecksum(SHA1, None)

    @pytest.mark.parametrize(
        ("headers", "message"),
        [
            ([CHECK, ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=")], SEVERAL),
            ([CHECK, CHECK], SEVERAL),
            ([("x-amz-trailer", "x-amz-checksum-crc32,x-amz-checksum-sha1")], SEVERAL),
            ([("x-amz-trailer", "x-amz-checksum-crc32")] * 2, SEVERAL),
            (
                [CHECK, ("x-amz-trailer", "x-amz-checksum-crc32")],
                "Expecting a single x-amz-checksum- header",
            ),
            (
                [("x-amz-checksum-md4", "y/Q5Jg==")],
                "The algorithm type you specified in x-amz-checksum- header is invalid.",
            ),
            (
                [("x-amz-trailer", "expires")],
                "The value specified in the x-amz-trailer header is not supported",
            ),
            (
                [("x-amz-checksum-crc32", "y/Q5")],
                "Value for x-amz-checksum-crc32 header is invalid.",
            ),
            (
                [("x-amz-sdk-checksum-algorithm", "CRC32")],
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* "
                "or x-amz-trailer headers were found.",
            ),
            (
                [CHECK, ("x-amz-sdk-checksum-algorithm", "SHA1")],
                "Value for x-amz-sdk-checksum-algorithm header is invalid.",
            ),
            (
                [CHECK, ("x-amz-sdk-checksum-algorithm", "")],
                "Value for x-amz-sdk-checksum-algorithm header is invalid.",
            ),
        ],
    )
    def test_refused(self, headers: list[tuple[str, str]], message: str) -> None:
        for order in (headers, headers[::-1]):
            with refused("InvalidRequest", 400, message):
                announced_checksum(order)

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    [
                        *(algorithm.header for algorithm in ALGORITHMS),
                        "x-amz-checksum-xxhash3",
                        "x-amz-trailer",
                        "x-amz-sdk-checksum-algorithm",
                    ]
                ),
                st.one_of(
                    st.text(max_size=20),
                    st.sampled_from([CHECK[1], "CRC32", SHA256.header, "é"]),
                ),
            ),
            max_size=4,
        )
    )
    def test_anything_is_announced_or_refused(self, headers: list[tuple[str, str]]) -> None:
        found = None
        try:
            announced_checksum(headers)
        except Refusal as refusal:
            found = (refusal.code, refusal.status)
        assert found in (None, ("InvalidRequest", 400))


def _sdk(name: str) -> tuple[str, str]:
    return ("x-amz-sdk-checksum-algorithm", name)
