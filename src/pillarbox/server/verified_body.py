"""A request's body held to what was signed and announced of it, as S3's clients do.

It stands in the place of a `Body`, undoes `aws-chunked` and looks at everything on the way: the
signature of each chunk and of the trailers, the SHA-256 in `x-amz-content-sha256`, the checksum in
a header or behind the body. Its pieces come before that is known, for nothing is held in memory:
who reads it may make nothing of them before `read` gave the empty piece, which says that all was
right.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pillarbox.model import refusals
from pillarbox.model.body_refusals import CONTENT_SHA256_MISMATCH, malformed_trailer
from pillarbox.model.checksums import AnnouncedChecksum, ChecksumAlgorithm
from pillarbox.model.limits import KIB
from pillarbox.model.object_checksum import ObjectChecksum
from pillarbox.model.refusals import Refusal
from pillarbox.server.aws_chunked import AwsChunkedDecoder, ChunkEnd, Item, Trailers
from pillarbox.server.body import Body, Receive
from pillarbox.storage.running_checksum import running_checksum
from pillarbox.storage.running_hash import RunningHash

#: Larger pieces are hashed in a thread, to keep the event loop idle.
_LARGE_PIECE = 64 * KIB


class ChunkSignatures(Protocol):
    """Checks the signatures of one body, in the order in which they come."""

    def check_chunk(self, signature: str, sha256: str) -> None:
        """Raise `SignatureDoesNotMatch` unless the chunk's data is signed so.

        Args:
            sha256: of the data, lowercase hex.
        """

    def check_trailer(self, signature: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Raise `SignatureDoesNotMatch` unless the trailers are signed so.

        Args:
            headers: name in lower case and value of each, without the signature.
        """


@dataclass(frozen=True, slots=True)
class Chunking:
    """What a request says of its `aws-chunked` body.

    Attributes:
        decoded_length: bytes of data in it.
        signatures: checks those of its chunks, None if they have none.
        trailers: whether headers may follow its chunks (a payload `…-TRAILER`).
    """

    decoded_length: int
    signatures: ChunkSignatures | None
    trailers: bool


class VerifiedBody:
    """The body of one request, with a `Body`'s face. The `Body` within is what is watched.

    Attributes:
        content_length: bytes of data that the client announced, None if it didn't.
        decoded: bytes of data read so far.
        checksum: the one that was announced, known when `read` gave the empty piece.
    """

    __slots__ = (
        "_announced",
        "_body",
        "_chunk",
        "_decoder",
        "_failure",
        "_is_verified",
        "_items",
        "_running",
        "_sha256",
        "_signatures",
        "_whole",
        "checksum",
        "content_length",
        "decoded",
    )

    def __init__(
        self,
        body: Body,
        *,
        sha256: str | None = None,
        announced: AnnouncedChecksum | None = None,
        chunking: Chunking | None = None,
    ) -> None:
        """A body of which nothing was read yet; see `hold_to`."""
        self._body = body
        self._items: Iterator[Item] = iter(())
        self._is_verified = False
        self._failure: Refusal | None = None
        self.decoded = 0
        self.checksum: ObjectChecksum | None = None
        self.hold_to(sha256=sha256, announced=announced, chunking=chunking)

    def hold_to(
        self,
        *,
        sha256: str | None = None,
        announced: AnnouncedChecksum | None = None,
        chunking: Chunking | None = None,
    ) -> None:
        """Say what the body must be, before any of it is read.

        Args:
            sha256: what that of the data must be, lowercase hex, None if it may be any.
            announced: the checksum that the data must have.
            chunking: None if the body is the data itself.

        Raises:
            Refusal: `MalformedTrailerError` if the checksum is to come where no trailers are.
        """
        assert not self._body.received, "bytes were read that nobody held to anything"
        trailer = None if announced is None else announced.trailer
        if trailer is not None and (chunking is None or not chunking.trailers):
            raise malformed_trailer("x-amz-trailer with a payload that has no trailers")
        self._sha256 = sha256
        self._announced = announced
        self._signatures = None if chunking is None else chunking.signatures
        self._decoder = _decoder(chunking, trailer)
        self._whole = None if sha256 is None else hashlib.sha256()
        self._chunk = None if self._signatures is None else hashlib.sha256()
        self._running = None if announced is None else running_checksum(announced.algorithm)
        length = self._body.content_length
        self.content_length = length if chunking is None else chunking.decoded_length

    @property
    def inner(self) -> Body:
        """The body as it arrives, for who watches the connection."""
        return self._body

    @property
    def algorithm(self) -> ChecksumAlgorithm | None:
        """Of the checksum that was announced, None if none was."""
        return None if self._announced is None else self._announced.algorithm

    @property
    def asks_first(self) -> bool:
        """See `Body`."""
        return self._body.asks_first

    @property
    def cut(self) -> bool:
        """See `Body`."""
        return self._body.cut

    @property
    def finished(self) -> bool:
        """Whether all was read that the client sends; what it was worth, only `read` tells."""
        return self._body.finished

    @property
    def pieces(self) -> int:
        """See `Body`."""
        return self._body.pieces

    @property
    def receive(self) -> Receive:
        """See `Body`."""
        return self._body.receive

    @property
    def received(self) -> int:
        """Bytes read so far as they were sent, framing included."""
        return self._body.received

    async def read(self) -> bytes:
        """The next piece of the data, of any size; empty at the end, if all of it was right.

        Once it raised, it raises ever after: a body whose flaw was seen has no end. The same if a
        call was cancelled, for a piece may be lost.

        Raises:
            Refusal: what `Body.read` raises; `IncompleteBody`, `InvalidChunkSizeError` or
                `MalformedTrailerError` for the framing; `SignatureDoesNotMatch`;
                `XAmzContentSHA256Mismatch`, `BadDigest`, or `InvalidRequest` for a trailer that is
                no checksum.
        """
        if self._failure is not None:
            raise self._failure
        try:
            return await self._read()
        except Refusal as refusal:
            self._failure = refusal
            raise
        except BaseException:
            self._failure = refusals.INCOMPLETE_BODY()
            raise

    async def read_all(self, limit: int, too_large: Refusal) -> bytes:
        """All of the data if it has at most `limit` bytes, else `too_large` is raised."""
        pieces = []
        while piece := await self.read():
            pieces.append(piece)
            if self.decoded > limit:
                raise too_large
        return b"".join(pieces)

    async def drain(self, seconds: float) -> None:
        """See `Body`."""
        await self._body.drain(seconds)

    def interrupt(self, refusal: Refusal) -> None:
        """See `Body`."""
        self._body.interrupt(refusal)

    def release(self) -> None:
        """See `Body`. It is not read any more."""
        self._body.release()
        self._failure = refusals.INCOMPLETE_BODY()

    async def _read(self) -> bytes:
        while not self._is_verified:
            for item in self._items:
                if isinstance(item, bytes):
                    await self._take(item)
                    return item
                self._end_chunk(item)
            piece = await self._body.read()
            if not piece:
                self._end()
            elif self._decoder is None:
                self._items = iter((piece,))
            else:
                self._items = self._decoder.feed(piece)
        return b""

    async def _take(self, data: bytes) -> None:
        self.decoded += len(data)
        running: tuple[RunningHash | None, ...] = (self._whole, self._chunk, self._running)
        hashes = [each for each in running if each is not None]
        if hashes and len(data) > _LARGE_PIECE:
            await asyncio.to_thread(_update, hashes, data)
        else:
            _update(hashes, data)

    def _end_chunk(self, end: ChunkEnd) -> None:
        if self._signatures is None:
            return
        assert self._chunk is not None
        assert end.signature is not None
        self._signatures.check_chunk(end.signature, self._chunk.hexdigest())
        self._chunk = hashlib.sha256()

    def _end(self) -> None:
        """Check what only the body's end can tell, signatures before what they sign."""
        trailers = Trailers((), None) if self._decoder is None else self._decoder.close()
        if self._signatures is not None and trailers.signature is not None:
            headers = [
                (name.encode("ascii"), value.encode("ascii")) for name, value in trailers.headers
            ]
            self._signatures.check_trailer(trailers.signature, headers)
        if self._whole is not None and self._whole.hexdigest() != self._sha256:
            raise CONTENT_SHA256_MISMATCH(
                ClientComputedContentSHA256=str(self._sha256),
                S3ComputedContentSHA256=self._whole.hexdigest(),
            )
        self._check_checksum(trailers)
        self._is_verified = True

    def _check_checksum(self, trailers: Trailers) -> None:
        if self._announced is None or self._running is None:
            return
        algorithm, value = self._announced.algorithm, self._announced.value
        if value is None:
            value = algorithm.read_trailing(trailers.value(algorithm.header))
        if self._running.digest() != value:
            raise algorithm.mismatch()
        self.checksum = ObjectChecksum(algorithm, value)


#: What a request has.
RequestBody = Body | VerifiedBody


def _update(hashes: Iterable[RunningHash], data: bytes) -> None:
    for each in hashes:
        each.update(data)


def _decoder(chunking: Chunking | None, trailer: str | None) -> AwsChunkedDecoder | None:
    if chunking is None:
        return None
    return AwsChunkedDecoder(
        chunking.decoded_length,
        signed=chunking.signatures is not None,
        trailers=() if trailer is None else (trailer,),
    )
