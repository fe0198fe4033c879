"""Decodes `aws-chunked` bodies: bytes in, data and chunk ends out, at the end the trailers; no I/O.

A body is chunks, each `SIZE CRLF DATA CRLF` or, signed, `SIZE;chunk-signature=HEX CRLF DATA CRLF`,
SIZE being hexadecimal. The last has size 0 and no data; trailers follow as `NAME:VALUE CRLF`, of a
signed body with `x-amz-trailer-signature` as the last, and an empty line. (AWS: "Signature
calculations for the Authorization header: transferring payload in multiple chunks", "Signature
calculations for trailing headers".) HTTP's own chunks, of which this is a copy, lie around it and
are undone before.

Data is handed on as it comes, before its chunk's signature was seen: a chunk is never held in
memory. Who takes it may make nothing of it before `close` returned.

As in `part_splitter`, what comes out never depends on how the bytes were cut into pieces, and what
others are known to read differently is refused: bare line feeds, blanks, further extensions,
trailers that were not announced or come twice. Two things are taken that some clients do: a line
feed before a trailer's CRLF (minio-go), and no empty line where the body ends (the AWS SDK for
JavaScript, where it has no checksum).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from pillarbox.model import refusals
from pillarbox.model.body_refusals import INVALID_CHUNK_SIZE, broken_framing, malformed_trailer
from pillarbox.model.limits import KIB, MIB
from pillarbox.server.body import MANY_PIECES, SMALL_PIECE

SIGNATURE_TRAILER = "x-amz-trailer-signature"

#: A line, CRLF not counted. A signed chunk's has some 90 bytes, a trailer with SHA-256 70. As each
#: trailer comes once, this bounds all of them too.
MAX_LINE_SIZE = 1 * KIB

#: A signed chunk: what is handed on unverified is to have an end. MinIO has the same bound; clients
#: send 64 KiB to 1 MiB. An unsigned one may be the whole body (AWS SDK for Go v2).
MAX_SIGNED_CHUNK_SIZE = 16 * MIB

_CRLF = b"\r\n"
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;chunk-signature=([0-9A-Za-z]+))?")
_TRAILER_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2, token
_TRAILER_VALUE = re.compile(rb"[\t\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class ChunkEnd:
    """A chunk's data is complete.

    Attributes:
        size: its bytes; 0 of the last chunk.
        signature: as it was sent, ASCII; None in an unsigned body.
    """

    size: int
    signature: str | None


@dataclass(frozen=True, slots=True)
class Trailers:
    """What stood behind the last chunk.

    Attributes:
        headers: name in lower case and value of each, in their order, without the signature.
        signature: of the trailers, as it was sent, ASCII; None if they are not signed.
    """

    headers: tuple[tuple[str, str], ...]
    signature: str | None

    def value(self, name: str) -> str:
        """The value of a trailer that was to come, and so did."""
        return dict(self.headers)[name]


Item = bytes | ChunkEnd


class _State(Enum):
    SIZE = "before a chunk's line"
    DATA = "in a chunk's data"
    DATA_END = "behind a chunk's data"
    TRAILERS = "behind the last chunk"
    END = "behind the empty line"


_SIZE, _DATA, _DATA_END, _TRAILERS, _END = _State


class AwsChunkedDecoder:
    """Decodes one body; every flaw raises a `Refusal`, after which it is of no more use."""

    def __init__(
        self, decoded_length: int, *, signed: bool, trailers: Collection[str] = ()
    ) -> None:
        """A body of which nothing came yet.

        Args:
            decoded_length: bytes of data, as `x-amz-decoded-content-length` has it.
            signed: whether each chunk has a signature, and the trailers if there are any.
            trailers: names in lower case of those that must come, as `x-amz-trailer` has them.
        """
        self._decoded_length = decoded_length
        self._signed = signed
        self._missing = set(trailers)
        self._signs_trailers = signed and bool(trailers)
        self._state = _SIZE
        self._held = b""
        self._chunks = 0
        self._decoded = 0
        self._left = 0
        self._chunk = ChunkEnd(0, None)
        self._trailers: list[tuple[str, str]] = []
        self._trailer_signature: str | None = None

    def feed(self, piece: bytes) -> Iterator[Item]:
        """The items that `piece` completes; consume all before feeding the next.

        Raises:
            Refusal: `IncompleteBody` for broken framing and for another length than announced,
                `InvalidChunkSizeError`, `MalformedTrailerError`.
        """
        data = self._held + piece
        at = 0
        while at < len(data):
            if self._state is _DATA:
                end = min(len(data), at + self._left)
                self._left -= end - at
                yield data[at:end]
                at = end
                if not self._left:
                    self._state = _DATA_END
                    yield self._chunk
            elif self._state is _DATA_END:
                if len(data) - at < len(_CRLF):
                    break
                if not data.startswith(_CRLF, at):
                    raise broken_framing("a chunk's data is not followed by CRLF")
                at += len(_CRLF)
                self._state = _SIZE
            elif self._state is _END:
                raise broken_framing("something follows the end")
            else:
                line = _line(data, at)
                if line is None:
                    break
                at += len(line) + len(_CRLF)
                if self._state is _TRAILERS:
                    self._take_trailer(line)
                elif self._begin_chunk(line):
                    yield self._chunk
        self._held = data[at:]

    def close(self) -> Trailers:
        """The trailers, now that the body is at its end.

        Raises:
            Refusal: `IncompleteBody` if it ended too early, `MalformedTrailerError` if a trailer
                did not come that was announced.
        """
        if self._held or self._state not in (_TRAILERS, _END):
            raise broken_framing(f"the body ends {self._state.value}")
        if self._missing:
            raise malformed_trailer(f"missing: {', '.join(sorted(self._missing))}")
        if self._signs_trailers and self._trailer_signature is None:
            raise broken_framing("the trailers have no signature")
        return Trailers(tuple(self._trailers), self._trailer_signature)

    def _begin_chunk(self, line: bytes) -> bool:
        """Take in a chunk's first line; whether it is the last chunk's."""
        match = _CHUNK.fullmatch(line)
        if match is None:
            raise broken_framing("a chunk's line is neither a size nor a size with a signature")
        size, signature = int(match[1], 16), match[2]
        if (signature is not None) is not self._signed:
            raise broken_framing(
                "a chunk has no signature"
                if self._signed
                else "a chunk of an unsigned body is signed"
            )
        self._chunk = ChunkEnd(size, None if signature is None else signature.decode("ascii"))
        self._check_size(size)
        self._decoded += size
        self._left = size
        self._state = _DATA if size else _TRAILERS
        return size == 0

    def _check_size(self, size: int) -> None:
        self._chunks += 1
        told = self._decoded + size
        if told > self._decoded_length or (not size and told < self._decoded_length):
            raise refusals.INCOMPLETE_BODY(
                NumberBytesExpected=str(self._decoded_length), NumberBytesProvided=str(told)
            )
        if self._signed and size > MAX_SIGNED_CHUNK_SIZE:
            raise INVALID_CHUNK_SIZE(
                f"A signed chunk has at most {MAX_SIGNED_CHUNK_SIZE} bytes",
                Chunk=str(self._chunks),
                BadChunkSize=str(size),
            )
        # S3 refuses the second chunk under 8 KiB; here a client may send as its data comes, but
        # not grind it to dust.
        if size and self._chunks > MANY_PIECES and told < self._chunks * SMALL_PIECE:
            raise INVALID_CHUNK_SIZE(Chunk=str(self._chunks), BadChunkSize=str(size))

    def _take_trailer(self, line: bytes) -> None:
        if not line:
            self._state = _END
            return
        raw_name, colon, raw_value = line.removesuffix(b"\n").partition(b":")
        is_header = colon and _TRAILER_NAME.fullmatch(raw_name)
        if not is_header or not _TRAILER_VALUE.fullmatch(raw_value):
            raise malformed_trailer("a line is no header")
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("ascii").strip(" \t")
        if self._trailer_signature is not None:
            raise malformed_trailer("a trailer follows the signature")
        if self._signs_trailers and name == SIGNATURE_TRAILER:
            self._trailer_signature = value
        elif name in self._missing:
            self._missing.remove(name)
            self._trailers.append((name, value))
        else:
            raise malformed_trailer("a trailer was not announced or comes twice")


def decoded_length_of(text: str | None) -> int:
    """The number of bytes that the header `x-amz-decoded-content-length` has.

    Raises:
        Refusal: `MissingContentLength` without one, `InvalidArgument` if it is no number.
    """
    if text is None:
        raise refusals.MISSING_CONTENT_LENGTH()
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise refusals.INVALID_ARGUMENT(
            ArgumentName="x-amz-decoded-content-length", ArgumentValue=text[:128]
        )
    return int(text)


def _line(data: bytes, at: int) -> bytes | None:
    """The line that begins at `at`, without its CRLF; None if its end is still to come."""
    limit = at + MAX_LINE_SIZE + len(_CRLF)
    end = data.find(_CRLF, at, limit)
    if end >= 0:
        return data[at:end]
    if len(data) >= limit:
        raise broken_framing(f"a line has more than {MAX_LINE_SIZE} bytes")
    return None
