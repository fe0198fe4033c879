"""Bodies of S3's clients: decoded, and held to every signature and checksum."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model import refusals
from pillarbox.model.checksums import (
    ALGORITHMS,
    CRC32,
    CRC32C,
    AnnouncedChecksum,
    algorithm_named,
    written,
)
from pillarbox.model.object_checksum import ObjectChecksum
from pillarbox.model.refusals import Refusal
from pillarbox.server.body import Body
from pillarbox.server.verified_body import Chunking, VerifiedBody
from pillarbox.storage.running_checksum import checksum_of
from tests.refusing import refused
from tests.server.aws_chunked_bodies import (
    AWS_SEED,
    MINIO_SEED,
    MINIO_SIGNED,
    MINIO_UNSIGNED,
    SDK_CHECKSUMS,
    aws_example,
    chunked,
    cut,
)
from tests.server.requests import disconnect, piece, receiver

CHECK = b"\xcb\xf49&"  # CRC-32 of the next
DATA = b"123456789"


class AwsChain:
    """The chain of signatures as AWS's text has it, apart from our own code."""

    def __init__(self, seed: tuple[str, str]) -> None:
        """One that begins at a request's date and signature."""
        date, self.previous = seed
        self.key = b"AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        for part in (date[:8], "us-east-1", "s3", "aws4_request"):
            self.key = hmac.digest(self.key, part.encode(), "sha256")
        self.scope = f"{date}\n{date[:8]}/us-east-1/s3/aws4_request"

    def sign(self, kind: str, *hashes: str) -> str:
        text = "\n".join((f"AWS4-HMAC-SHA256-{kind}", self.scope, self.previous, *hashes))
        self.previous = hmac.digest(self.key, text.encode(), "sha256").hex()
        return self.previous

    def check_chunk(self, signature: str, sha256: str) -> None:
        if self.sign("PAYLOAD", hashlib.sha256(b"").hexdigest(), sha256) != signature:
            raise refusals.SIGNATURE_DOES_NOT_MATCH()

    def check_trailer(self, signature: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
        text = b"".join(b"%s:%s\n" % header for header in headers)
        if self.sign("TRAILER", hashlib.sha256(text).hexdigest()) != signature:
            raise refusals.SIGNATURE_DOES_NOT_MATCH()


def body_of(pieces: Sequence[bytes], **told: Any) -> VerifiedBody:
    messages = [piece(each) for each in pieces]
    body = Body(receiver(*messages, piece(b"", more=False)), sum(map(len, pieces)), empty=False)
    return VerifiedBody(body, **told)


async def _read_to_end(body: VerifiedBody) -> bytes:
    pieces = []
    while data := await body.read():
        pieces.append(data)
    assert await body.read() == b""
    return b"".join(pieces)


def read(body: VerifiedBody) -> bytes:
    return asyncio.run(_read_to_end(body))


def unsigned(length: int, *, trailers: bool = True) -> Chunking:
    return Chunking(length, None, trailers)


class TestAsItIs:
    """A body that is the data itself."""

    def test_nothing_was_said_of_it(self) -> None:
        body = body_of([b"ab", b"c"])
        assert read(body) == b"abc"
        assert (body.content_length, body.decoded, body.received) == (3, 3, 3)
        assert body.checksum is None

    @pytest.mark.parametrize("size", [0, 5, 64 * 1024, 64 * 1024 + 1])
    def test_the_sha256_that_was_signed(self, size: int) -> None:
        data = b"x" * size
        sha256 = hashlib.sha256(b"a" + data).hexdigest()
        assert read(body_of([b"a", data], sha256=sha256)) == b"a" + data
        with refused(
            "XAmzContentSHA256Mismatch",
            400,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ClientComputedContentSHA256=sha256,
            S3ComputedContentSHA256=hashlib.sha256(b"b" + data).hexdigest(),
        ):
            read(body_of([b"b", data], sha256=sha256))

    def test_the_sha256_of_nothing(self) -> None:
        sha256 = hashlib.sha256(b"").hexdigest()
        none = Body(receiver(), 0, empty=True)
        assert read(VerifiedBody(none, sha256=sha256)) == b""
        with pytest.raises(Refusal, match="XAmzContentSHA256Mismatch"):
            read(VerifiedBody(Body(receiver(), 0, empty=True), sha256="00" * 32))

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_the_checksum_that_was_announced(self, algorithm: Any) -> None:
        value = checksum_of(algorithm, DATA)
        body = body_of([DATA[:4], DATA[4:]], announced=AnnouncedChecksum(algorithm, value))
        assert read(body) == DATA
        assert body.checksum == ObjectChecksum(algorithm, value)
        wrong = body_of([DATA + b"0"], announced=AnnouncedChecksum(algorithm, value))
        message = f"The {algorithm.name} you specified did not match the calculated checksum."
        with refused("BadDigest", 400, message):
            read(wrong)
        assert wrong.checksum is None

    @pytest.mark.parametrize("chunking", [None, unsigned(3, trailers=False)])
    def test_a_trailer_where_none_can_come(self, chunking: Chunking | None) -> None:
        with refused("MalformedTrailerError"):
            body_of([], announced=AnnouncedChecksum(CRC32, None), chunking=chunking)


class TestUnsignedChunks:
    def test_decoded(self) -> None:
        sent = chunked([b"1234", b"56789"])
        body = body_of(cut(sent, range(0, 99, 5)), chunking=unsigned(9))
        assert read(body) == DATA
        assert (body.content_length, body.decoded, body.received) == (9, 9, len(sent))

    def test_the_checksum_behind_it(self) -> None:
        sent = chunked([DATA], None, [(CRC32.header, written(CHECK))])
        announced = AnnouncedChecksum(CRC32, None)
        body = body_of([sent], announced=announced, chunking=unsigned(9))
        assert read(body) == DATA
        assert body.checksum == ObjectChecksum(CRC32, CHECK)

    @pytest.mark.parametrize("name", SDK_CHECKSUMS)
    def test_as_sdks_send_it(self, name: str) -> None:
        algorithm, value = algorithm_named(name), SDK_CHECKSUMS[name]
        sent = chunked([DATA], None, [(algorithm.header, value)])
        announced = AnnouncedChecksum(algorithm, None)
        body = body_of([sent], announced=announced, chunking=unsigned(9))
        assert read(body) == DATA
        assert body.checksum is not None
        assert body.checksum.text == value

    def test_as_minio_sends_it(self) -> None:
        announced = AnnouncedChecksum(CRC32C, None)
        body = body_of([MINIO_UNSIGNED], announced=announced, chunking=unsigned(9))
        assert read(body) == DATA

    @pytest.mark.parametrize(
        ("value", "code", "message"),
        [
            (
                "AAAAAA==",
                "BadDigest",
                "The CRC32 you specified did not match the calculated checksum.",
            ),
            (
                "cbf43926",
                "InvalidRequest",
                "Value for x-amz-checksum-crc32 trailing header is invalid.",
            ),
        ],
    )
    def test_a_wrong_checksum_behind_it(self, value: str, code: str, message: str) -> None:
        sent = chunked([DATA], None, [(CRC32.header, value)])
        announced = AnnouncedChecksum(CRC32, None)
        with refused(code, 400, message):
            read(body_of([sent], announced=announced, chunking=unsigned(9)))

    def test_no_checksum_behind_it(self) -> None:
        announced = AnnouncedChecksum(CRC32, None)
        with refused("MalformedTrailerError"):
            read(body_of([chunked([DATA])], announced=announced, chunking=unsigned(9)))

    def test_a_checksum_before_it(self) -> None:
        announced = AnnouncedChecksum(CRC32, CHECK)
        chunking = unsigned(9, trailers=False)
        assert read(body_of([chunked([DATA])], announced=announced, chunking=chunking)) == DATA

    @pytest.mark.parametrize(
        "sent", [b"", b"9\r\n12345", b"9\r\n123456789\r\n", chunked([DATA]) + b"0"]
    )
    def test_an_end_that_is_none(self, sent: bytes) -> None:
        with refused("IncompleteBody"):
            read(body_of([sent], chunking=unsigned(9)))


class TestSignedChunks:
    ANNOUNCED = AnnouncedChecksum(CRC32C, None)

    def read(self, pieces: Sequence[bytes]) -> bytes:
        chunking = Chunking(66560, AwsChain(AWS_SEED), trailers=True)
        return read(body_of(pieces, announced=self.ANNOUNCED, chunking=chunking))

    def test_the_body_of_aws_example(self) -> None:
        assert self.read([aws_example()]) == b"a" * 66560
        assert self.read(cut(aws_example(), range(0, 66946, 4321))) == b"a" * 66560

    def test_as_minio_sends_it(self) -> None:
        chunking = Chunking(9, AwsChain(MINIO_SEED), trailers=True)
        assert read(body_of([MINIO_SIGNED], announced=self.ANNOUNCED, chunking=chunking)) == DATA

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"aaa\r\n400;", b"aab\r\n400;"),
            (b"aaa\r\n0;", b"baa\r\n0;"),
            (b"chunk-signature=b474", b"chunk-signature=b475"),
            (b"chunk-signature=2ca2", b"chunk-signature=2ca3"),
            (b"sOO8/Q==", b"AAAAAA=="),
            (b"trailer-signature:d81f", b"trailer-signature:d81e"),
            (b"trailer-signature:d81f", b"trailer-signature:"),
        ],
    )
    def test_whatever_was_changed(self, old: bytes, new: bytes) -> None:
        sent = aws_example()
        assert sent.count(old) == 1
        with refused("SignatureDoesNotMatch", 403, ec="0002-00000201"):
            self.read([sent.replace(old, new)])

    def test_without_trailers(self) -> None:
        chain = AwsChain(AWS_SEED)
        empty = hashlib.sha256(b"").hexdigest()
        hashes = [hashlib.sha256(each).hexdigest() for each in (b"ab", b"c", b"")]
        signatures = [chain.sign("PAYLOAD", empty, each) for each in hashes]
        chunking = Chunking(3, AwsChain(AWS_SEED), trailers=False)
        assert read(body_of([chunked([b"ab", b"c"], signatures)], chunking=chunking)) == b"abc"
        swapped = [signatures[0], signatures[2], signatures[1]]
        with refused("SignatureDoesNotMatch", 403, ec="0002-00000201"):
            read(
                body_of(
                    [chunked([b"ab", b"c"], swapped)],
                    chunking=Chunking(3, AwsChain(AWS_SEED), trailers=False),
                )
            )


class TestAfterAFlaw:
    def test_it_has_no_end(self) -> None:
        async def read() -> None:
            body = body_of([b"9\r\n123456789x\r\n0\r\n\r\n"], chunking=unsigned(9))
            assert await body.read() == DATA
            for _ in range(3):
                with refused("IncompleteBody"):
                    await body.read()

        asyncio.run(read())

    def test_a_cut_is_no_end(self) -> None:
        async def read() -> None:
            inner = Body(receiver(piece(chunked([DATA])), disconnect()), 99, empty=False)
            body = VerifiedBody(inner, chunking=unsigned(9))
            assert await body.read() == DATA
            for _ in range(2):
                with refused("IncompleteBody"):
                    await body.read()
            assert (body.cut, body.finished) == (True, True)

        asyncio.run(read())

    def test_an_interrupted_one(self) -> None:
        async def read() -> None:
            body = VerifiedBody(Body(_silent, 9, empty=False), chunking=unsigned(9))
            reading = asyncio.create_task(body.read())
            await asyncio.sleep(0)
            body.interrupt(refusals.REQUEST_TIMEOUT())
            with refused("RequestTimeout"):
                await reading
            with refused("RequestTimeout"):
                await body.read()
            body.release()
            with refused("IncompleteBody"):
                await body.read()

        asyncio.run(read())

    @pytest.mark.parametrize("large", [False, True])
    def test_a_cancelled_one(self, large: bool) -> None:
        async def read() -> None:
            pieces = [piece(b"x" * 70_000)] if large else []
            inner = Body(_then_silent(pieces), None, empty=False)
            sha256 = hashlib.sha256(b"").hexdigest()
            body = VerifiedBody(inner, sha256=sha256)
            reading = asyncio.create_task(body.read())
            await asyncio.sleep(0)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            with refused("IncompleteBody"):
                await body.read()

        asyncio.run(read())


class TestFaceOfABody:
    def test_has_what_a_body_has(self) -> None:
        body = body_of([b"abc"])
        # The watch and the stop hold the body within.
        watched = {"moved", "patience", "rest", "waiting_since", "when_still"}
        public = {name for name in dir(Body) if not name.startswith("_")} - watched
        assert {name for name in public if not hasattr(body, name)} == set()
        assert (body.asks_first, body.pieces) == (False, 0)

    def test_read_all_counts_the_data(self) -> None:
        too_large = refusals.MALFORMED_XML()
        sent = chunked([b"1234", b"56789"])
        body = body_of([sent], chunking=unsigned(9))
        assert asyncio.run(body.read_all(9, too_large)) == DATA
        large = body_of([sent], chunking=unsigned(9))
        with pytest.raises(Refusal) as caught:
            asyncio.run(large.read_all(8, too_large))
        assert caught.value is too_large

    def test_drained(self) -> None:
        body = body_of([b"ab", b"c"])
        asyncio.run(body.drain(60))
        assert (body.received, body.finished) == (3, True)

    def test_asks_first(self) -> None:
        inner = Body(receiver(), 3, empty=False, asks_first=True)
        body = VerifiedBody(inner)
        assert body.asks_first
        assert body.receive is inner.receive


@given(
    st.lists(st.binary(min_size=1, max_size=30), max_size=4),
    st.lists(st.integers(0, 300), max_size=8),
    st.integers(0, 300),
    st.integers(1, 255),
)
def test_a_changed_byte_is_never_stored(
    chunks: list[bytes], places: list[int], at: int, change: int
) -> None:
    """With a checksum behind it the end comes for the same data only."""
    data = b"".join(chunks)
    value = written(checksum_of(CRC32, data))
    sent = chunked(chunks, None, [(CRC32.header, value)])
    at %= len(sent)
    changed = sent[:at] + bytes([sent[at] ^ change]) + sent[at + 1 :]

    def outcome(body: bytes) -> bytes | None:
        announced = AnnouncedChecksum(CRC32, None)
        try:
            return read(
                body_of(cut(body, places), announced=announced, chunking=unsigned(len(data)))
            )
        except Refusal:
            return None

    assert outcome(sent) == data
    assert outcome(changed) in (None, data)


async def _silent() -> Any:
    await asyncio.Event().wait()


def _then_silent(messages: list[Any]) -> Callable[[], Any]:
    async def receive() -> Any:
        return messages.pop(0) if messages else await _silent()

    return receive
