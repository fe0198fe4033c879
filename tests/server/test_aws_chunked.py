"""The decoder of `aws-chunked` bodies: what comes out, whatever the network does to the bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.limits import GIB, MIB
from pillarbox.model.refusals import Refusal
from pillarbox.server import aws_chunked
from pillarbox.server.aws_chunked import (
    MAX_LINE_SIZE,
    AwsChunkedDecoder,
    ChunkEnd,
    Trailers,
    decoded_length_of,
)
from tests.refusing import refused
from tests.server.aws_chunked_bodies import (
    AWS_SIGNATURE_TRAILER,
    AWS_SIGNATURES,
    AWS_TRAILER,
    aws_example,
    chunked,
    cut,
)

CRC32, SHA1 = "x-amz-checksum-crc32", "x-amz-checksum-sha1"
SIGNED = ("aa", "bb", "cc")

Decoded = list[bytes | ChunkEnd | Trailers]


def decode(
    pieces: Iterable[bytes], length: int, *, signed: bool = False, trailers: Collection[str] = ()
) -> Decoded:
    """All that comes out, with the data of a chunk in one."""
    decoder = AwsChunkedDecoder(length, signed=signed, trailers=trailers)
    items: Decoded = []
    for piece in pieces:
        for item in decoder.feed(piece):
            last = items[-1] if items else None
            if isinstance(item, bytes) and isinstance(last, bytes):
                items[-1] = last + item
            else:
                items.append(item)
    return [*items, decoder.close()]


def every_way(body: bytes) -> list[list[bytes]]:
    """The body whole, byte by byte, and with an empty piece in between."""
    return [[body], [body[i : i + 1] for i in range(len(body))], [body[:9], b"", body[9:]]]


class TestDecoded:
    def test_the_body_of_aws_example(self) -> None:
        assert len(aws_example()) == 66946
        for pieces in ([aws_example()], cut(aws_example(), range(0, 66946, 777))):
            items = decode(pieces, 66560, signed=True, trailers=["x-amz-checksum-crc32c"])
            assert items == [
                b"a" * 65536,
                ChunkEnd(65536, AWS_SIGNATURES[0]),
                b"a" * 1024,
                ChunkEnd(1024, AWS_SIGNATURES[1]),
                ChunkEnd(0, AWS_SIGNATURES[2]),
                Trailers((AWS_TRAILER,), AWS_SIGNATURE_TRAILER),
            ]

    def test_signed_without_trailers(self) -> None:
        for pieces in every_way(chunked([b"ab", b"c"], SIGNED)):
            assert decode(pieces, 3, signed=True) == [
                b"ab",
                ChunkEnd(2, "aa"),
                b"c",
                ChunkEnd(1, "bb"),
                ChunkEnd(0, "cc"),
                Trailers((), None),
            ]

    @pytest.mark.parametrize(
        "body",
        [
            b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n",
            b"0003\r\nabc\r\n000\r\nX-Amz-Checksum-CRC32: \tNSRBwg== \r\n\r\n",
            # minio-go: a line feed before the CRLF.
            b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\n\r\n\r\n",
            b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n",
        ],
    )
    def test_unsigned_with_a_trailer(self, body: bytes) -> None:
        for pieces in every_way(body):
            *items, trailers = decode(pieces, 3, trailers=[CRC32])
            assert items == [b"abc", ChunkEnd(3, None), ChunkEnd(0, None)]
            assert trailers == Trailers(((CRC32, "NSRBwg=="),), None)

    def test_signed_as_minio_sends_it(self) -> None:
        body = (
            b"1;chunk-signature=aa\r\na\r\n0;chunk-signature=bb\r\n"
            b"x-amz-checksum-crc32:6Le+Qw==\n\r\nx-amz-trailer-signature:cc\r\n\r\n"
        )
        for pieces in every_way(body):
            trailers = decode(pieces, 1, signed=True, trailers=[CRC32])[-1]
            assert trailers == Trailers(((CRC32, "6Le+Qw=="),), "cc")

    @pytest.mark.parametrize("body", [b"0\r\n\r\n", b"0\r\n"])
    def test_no_data(self, body: bytes) -> None:
        for pieces in every_way(body):
            assert decode(pieces, 0) == [ChunkEnd(0, None), Trailers((), None)]

    def test_data_may_look_like_framing(self) -> None:
        data = b"0\r\n\r\n5;chunk-signature=aa\r\n"
        assert decode(every_way(chunked([data]))[1], len(data))[0] == data

    def test_data_is_handed_on_before_its_chunk_is_complete(self) -> None:
        """An unsigned chunk may be 5 GiB, as the AWS SDK for Go sends it."""
        decoder = AwsChunkedDecoder(5 * GIB, signed=False)
        assert list(decoder.feed(b"140000000\r\nabc")) == [b"abc"]
        assert list(decoder.feed(b"de")) == [b"de"]

    def test_the_longest_line(self) -> None:
        value = "v" * (MAX_LINE_SIZE - len(CRC32) - 1)
        for pieces in every_way(chunked([], None, [(CRC32, value)])):
            assert decode(pieces, 0, trailers=[CRC32])[-1] == Trailers(((CRC32, value),), None)

    def test_a_value_by_its_name(self) -> None:
        assert Trailers((("a", "1"), ("b", "2")), None).value("b") == "2"


FRAMING = "The request body terminated unexpectedly"
LENGTH = "You did not provide the number of bytes specified by the Content-Length HTTP header."
SIZE = "Only the last chunk is allowed to have a size less than 8192 bytes"
TRAILER = (
    "The request contained trailing data that was not well-formed or did not conform to our "
    "published schema."
)

#: Body, what the decoder was told, the refusal's hint.
BROKEN: list[tuple[bytes, dict[str, Any], str]] = [
    (b"", {}, "the body ends before a chunk's line"),
    (b"3", {}, "the body ends before a chunk's line"),
    (b"3\r", {}, "the body ends before a chunk's line"),
    (b"3\r\nab", {}, "the body ends in a chunk's data"),
    (b"3\r\nabc", {}, "the body ends behind a chunk's data"),
    (b"3\r\nabc\r", {}, "the body ends behind a chunk's data"),
    (b"3\r\nabc\r\n", {}, "the body ends before a chunk's line"),
    (b"3\r\nabc\r\n0", {}, "the body ends before a chunk's line"),
    (b"3\r\nabc\r\n0\r\n\r", {}, "the body ends behind the last chunk"),
    (b"3\r\nabc\r\n0\r\nx-amz", {}, "the body ends behind the last chunk"),
    (b"3\r\nabcd\r\n0\r\n\r\n", {}, "a chunk's data is not followed by CRLF"),
    (b"3\r\nabc\n0\r\n\r\n", {}, "a chunk's data is not followed by CRLF"),
    (b"3\r\nabc\r\n0\r\n\r\n\r\n", {}, "something follows the end"),
    (b"3\r\nabc\r\n0\r\n\r\n3\r\nabc\r\n0\r\n\r\n", {}, "something follows the end"),
    *(
        (line + b"\r\nabc\r\n0\r\n\r\n", {}, "a chunk's line is neither a size nor a size with "
         "a signature")
        for line in (
            b"",
            b"x",
            b"-3",
            b"+3",
            b"0x3",
            b"3_0",
            b" 3",
            b"3 ",
            b"3\n",
            b"\xd9\xa3",
            b"00000000000000003",
            b"3;",
            b"3;name=value",
            b"3;chunk-signature=",
            b"3;chunk-signature=a b",
            b"3; chunk-signature=aa",
            b"3;chunk-signature=aa;chunk-signature=aa",
            b"3;chunk-signature=\xc3\xa9",
        )
    ),
    (b"3;chunk-signature=aa\r\nabc\r\n", {}, "a chunk of an unsigned body is signed"),
    (b"3\r\nabc\r\n", {"signed": True}, "a chunk has no signature"),
    (b"3;chunk-signature=aa\r\nabc\r\n0\r\n\r\n", {"signed": True}, "a chunk has no signature"),
    (b"3" * (MAX_LINE_SIZE + 1) + b"\r\n", {}, "a line has more than 1024 bytes"),
    (b"3" * (MAX_LINE_SIZE + 2), {}, "a line has more than 1024 bytes"),
    (
        b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:" + b"a" * MAX_LINE_SIZE + b"\r\n\r\n",
        {"trailers": [CRC32]},
        "a line has more than 1024 bytes",
    ),
    (
        chunked([b"abc"], SIGNED, [(CRC32, "v")]),
        {"signed": True, "trailers": [CRC32]},
        "the trailers have no signature",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("body", "told", "hint"), BROKEN)
def test_broken_framing(body: bytes, told: dict[str, Any], hint: str) -> None:
    for pieces in every_way(body):
        with pytest.raises(Refusal) as caught:
            decode(pieces, 3, **told)
        refusal = caught.value
        assert (refusal.code, refusal.status, refusal.message) == ("IncompleteBody", 400, FRAMING)
        assert refusal.hint == hint


@pytest.mark.parametrize(
    ("trailers", "signed", "hint"),
    [
        (b"", False, "missing: x-amz-checksum-crc32"),
        (b"no header\r\n", False, "a line is no header"),
        (b":v\r\n", False, "a line is no header"),
        (b"x-amz-checksum-crc32 :v\r\n", False, "a line is no header"),
        (b" x-amz-checksum-crc32:v\r\n", False, "a line is no header"),
        (b"x-amz-checksum-crc32:v\nw\r\n", False, "a line is no header"),
        (b"x-amz-checksum-crc32:v\n\n\r\n", False, "a line is no header"),
        (b"x-amz-checksum-crc32:v\rw\r\n", False, "a line is no header"),
        (b"x-amz-checksum-crc32:\x00\r\n", False, "a line is no header"),
        (b"x-amz-checksum-crc32:\xc3\xa9\r\n", False, "a line is no header"),
        (b"x-amz-checksum-sha1:v\r\n", False, "a trailer was not announced or comes twice"),
        (b"x-amz-checksum-crc32:v\r\n" * 2, False, "a trailer was not announced or comes twice"),
        (b"x-amz-trailer-signature:aa\r\n", False, "a trailer was not announced or comes twice"),
        (
            b"x-amz-trailer-signature:aa\r\nx-amz-checksum-crc32:v\r\n",
            True,
            "a trailer follows the signature",
        ),
        (
            b"x-amz-checksum-crc32:v\r\n" + b"x-amz-trailer-signature:aa\r\n" * 2,
            True,
            "a trailer follows the signature",
        ),
        (b"x-amz-trailer-signature:aa\r\n", True, "missing: x-amz-checksum-crc32"),
    ],
)
def test_malformed_trailers(trailers: bytes, signed: bool, hint: str) -> None:
    body = chunked([b"abc"], SIGNED if signed else None)
    for pieces in every_way(body.removesuffix(b"\r\n") + trailers + b"\r\n"):
        with pytest.raises(Refusal) as caught:
            decode(pieces, 3, signed=signed, trailers=[CRC32])
        found = (caught.value.code, caught.value.status, caught.value.message, caught.value.hint)
        assert found == ("MalformedTrailerError", 400, TRAILER, hint)


def test_trailers_that_nobody_announced() -> None:
    with refused("MalformedTrailerError", 400, TRAILER):
        decode([chunked([b"abc"], None, [(CRC32, "v")])], 3)


@pytest.mark.parametrize(
    ("chunks", "provided"), [([b"abcd"], 4), ([b"ab", b"cd"], 4), ([b"ab"], 2), ([], 0)]
)
def test_another_length_than_announced(chunks: list[bytes], provided: int) -> None:
    for pieces in every_way(chunked(chunks)):
        with refused(
            "IncompleteBody",
            400,
            LENGTH,
            NumberBytesExpected="3",
            NumberBytesProvided=str(provided),
        ):
            decode(pieces, 3)


def test_a_chunk_that_is_too_long_is_refused_before_its_data() -> None:
    with refused(
        "IncompleteBody", 400, LENGTH, NumberBytesExpected="3", NumberBytesProvided="4294967295"
    ):
        decode([b"ffffffff\r\n"], 3)


def test_a_signed_chunk_is_bounded() -> None:
    decoder = AwsChunkedDecoder(GIB, signed=True)
    assert list(decoder.feed(b"1000000;chunk-signature=aa\r\nx")) == [b"x"]
    with refused(
        "InvalidChunkSizeError",
        400,
        f"A signed chunk has at most {16 * MIB} bytes",
        Chunk="1",
        BadChunkSize=str(16 * MIB + 1),
    ):
        decode([b"1000001;chunk-signature=aa\r\n"], GIB, signed=True)


class TestDust:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(aws_chunked, "MANY_PIECES", 4)

    def test_many_tiny_chunks_are_refused(self) -> None:
        body = chunked([b"x"] * 9)
        for pieces in every_way(body):
            with refused("InvalidChunkSizeError", 400, SIZE, Chunk="5", BadChunkSize="1"):
                decode(pieces, 9)

    def test_many_chunks_of_some_size_are_not(self) -> None:
        assert len(decode([chunked([b"x" * 256] * 9)], 9 * 256)) == 9 * 2 + 2

    def test_few_tiny_chunks_are_not(self) -> None:
        assert len(decode([chunked([b"x"] * 3)], 3)) == 3 * 2 + 2


@pytest.mark.parametrize(("text", "length"), [("0", 0), (" 66560 ", 66560), ("007", 7)])
def test_the_announced_length(text: str, length: int) -> None:
    assert decoded_length_of(text) == length


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "0x10", "٣", "1" * 19])
def test_no_length(text: str) -> None:
    with refused(
        "InvalidArgument",
        ArgumentName="x-amz-decoded-content-length",
        ArgumentValue=text,
    ):
        decoded_length_of(text)


def test_the_length_is_needed() -> None:
    with refused("MissingContentLength", 411):
        decoded_length_of(None)


# --- whatever the network does --------------------------------------------------------------------

PLACES = st.lists(st.integers(0, 400), max_size=12)
FRAGMENTS = st.sampled_from(
    [
        b"\r\n", b"\r", b"\n", b"0", b"3", b"a", b"abc", b";", b":", b"chunk-signature=",
        b";chunk-signature=aa", b"3\r\nabc\r\n", b"3;chunk-signature=aa\r\nabc\r\n", b"0\r\n",
        b"0;chunk-signature=bb\r\n", b"0\r\n\r\n", b"x-amz-checksum-crc32:v\r\n",
        b"x-amz-checksum-crc32:v\n\r\n", b"x-amz-trailer-signature:cc\r\n", b" ", b"\x00", b"\xff",
    ]
)  # fmt: skip
TOLD = st.fixed_dictionaries(
    {
        "length": st.integers(0, 12),
        "signed": st.booleans(),
        "trailers": st.sampled_from([(), (CRC32,), (CRC32, SHA1)]),
    }
)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.booleans(), PLACES)
def test_what_is_encoded_is_decoded(chunks: list[bytes], signed: bool, places: list[int]) -> None:
    signatures = [f"{number:064x}" for number in range(len(chunks) + 1)] if signed else None
    trailers = [(CRC32, "y/Q5Jg==")]
    signature = [("x-amz-trailer-signature", "dd")] if signed else []
    body = chunked(chunks, signatures, [*trailers, *signature])
    items = decode(cut(body, places), sum(map(len, chunks)), signed=signed, trailers=[CRC32])
    expected: Decoded = []
    for number, chunk in enumerate([*chunks, b""]):
        expected += [chunk] if chunk else []
        expected.append(ChunkEnd(len(chunk), signatures[number] if signatures else None))
    assert items == [*expected, Trailers(tuple(trailers), "dd" if signed else None)]


def verdict(pieces: list[bytes], told: dict[str, Any]) -> object:
    """What comes out, or why it is refused; anything else that is raised is a flaw of ours."""
    try:
        return decode(pieces, **told)
    except Refusal as refusal:
        return (refusal.code, refusal.message, refusal.details, refusal.hint)


@given(
    st.one_of(st.lists(FRAGMENTS, max_size=12).map(b"".join), st.binary(max_size=60)),
    TOLD,
    PLACES,
)
def test_any_bytes_mean_the_same_in_any_pieces(
    body: bytes, told: dict[str, Any], places: list[int]
) -> None:
    assert verdict([body], told) == verdict(cut(body, places), told)


@given(st.integers(0, 400), st.binary(max_size=3), st.integers(0, 3), PLACES)
def test_a_damaged_body_means_the_same_in_any_pieces(
    at: int, inserted: bytes, lost: int, places: list[int]
) -> None:
    trailers = [(CRC32, "y/Q5Jg=="), ("x-amz-trailer-signature", "dd")]
    body = chunked([b"abc" * 20, b"\r\n0\r\n\r\n"], SIGNED, trailers)
    damaged = body[:at] + inserted + body[at + lost :]
    told = {"length": 67, "signed": True, "trailers": [CRC32]}
    assert verdict([damaged], told) == verdict(cut(damaged, places), told)
