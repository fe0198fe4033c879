"""Bodies in `aws-chunked`, with and without signatures and trailers.

Input: a byte of flags (1: signed, 2: a trailer was announced), two bytes of the length that the
request names, four bytes that say where the network cuts, then the body.
"""

from __future__ import annotations

import hashlib

from pillarbox.model.dialects import S3
from pillarbox.model.refusals import Refusal
from pillarbox.server.aws_chunked import AwsChunkedDecoder, ChunkEnd, Trailers
from pillarbox.signing import chunk_signatures, post_v4
from pillarbox.signing.chunk_signatures import ChunkSeed, ChunkSignatures
from pillarbox.signing.post_v4 import Scope
from tests.access.keys import GOOD
from tests.fuzz.answered import check_answered
from tests.fuzz.cuts import ways_to_cut
from tests.server.aws_chunked_bodies import chunked

_SIGNED, _TRAILER = 1, 2
_NAME = "x-amz-checksum-crc32"
_HEAD, _PLACES = 3, 4
_CONTENTS = (b"abc", b"0123456789")

_SCOPE = Scope(GOOD.id, "20300101", "home")
_SEED = ChunkSeed(
    post_v4.signing_key(GOOD.secret, _SCOPE, S3), _SCOPE, "20300101T000000Z", "ab" * 32
)

_Decoded = tuple[bytes, tuple[ChunkEnd, ...], Trailers]


def check(data: bytes) -> None:
    """A body is one text or one refusal, however it is cut; a signed one is what was signed."""
    if len(data) < _HEAD + _PLACES:
        return
    flags, length = data[0], int.from_bytes(data[1:_HEAD], "big")
    places, body = data[_HEAD : _HEAD + _PLACES], data[_HEAD + _PLACES :]
    whole, *others = (_read(pieces, flags, length) for pieces in ways_to_cut(places, body))
    assert all(other == whole for other in others), (whole, others)
    if len(whole) != 3:
        return
    content, chunks, trailers = whole
    assert len(content) == length == sum(chunk.size for chunk in chunks)
    assert bool(trailers.headers) is bool(flags & _TRAILER)
    if flags & _SIGNED and _is_signed(content, chunks, trailers):
        assert content == b"".join(_CONTENTS)
        assert all(chunk.signature in _SIGNING for chunk in chunks)


def _read(pieces: list[bytes], flags: int, length: int) -> _Decoded | tuple[str, str]:
    """Data, chunks and trailers; or code and message of a refusal."""
    announced = [_NAME] if flags & _TRAILER else []
    decoder = AwsChunkedDecoder(length, signed=bool(flags & _SIGNED), trailers=announced)
    content: list[bytes] = []
    chunks: list[ChunkEnd] = []
    try:
        for piece in pieces:
            for item in decoder.feed(piece):
                if isinstance(item, ChunkEnd):
                    chunks.append(item)
                else:
                    content.append(item)
        trailers = decoder.close()
    except Refusal as refusal:
        check_answered(refusal)
        return refusal.code, refusal.message
    return b"".join(content), tuple(chunks), trailers


def _is_signed(content: bytes, chunks: tuple[ChunkEnd, ...], trailers: Trailers) -> bool:
    signatures = ChunkSignatures(_SEED)
    at = 0
    try:
        for chunk in chunks:
            digest = hashlib.sha256(content[at : at + chunk.size]).hexdigest()
            signatures.check_chunk(chunk.signature or "", digest)
            at += chunk.size
        if trailers.signature is not None:
            headers = [(name.encode(), value.encode()) for name, value in trailers.headers]
            signatures.check_trailer(trailers.signature, headers)
    except Refusal as refusal:
        check_answered(refusal)
        return False
    return True


def _signatures(trailers: list[tuple[bytes, bytes]]) -> list[str]:
    """Of each chunk of `_CONTENTS`, the last one and the trailers."""
    found = [_SEED.signature]
    for content in (*_CONTENTS, b""):
        digest = hashlib.sha256(content).hexdigest()
        text = chunk_signatures.chunk_string_to_sign(_SEED, found[-1], digest)
        found.append(chunk_signatures.sign(_SEED, text))
    text = chunk_signatures.trailer_string_to_sign(_SEED, found[-1], trailers)
    return [*found[1:], chunk_signatures.sign(_SEED, text)]


def _input(flags: int, body: bytes) -> bytes:
    return bytes([flags]) + len(b"".join(_CONTENTS)).to_bytes(2, "big") + bytes(_PLACES) + body


_CRC = (_NAME, "y/Q5Jg==")
_PAIRS = [(_NAME.encode(), _CRC[1].encode())]
_SIGNING = _signatures(_PAIRS)
SEEDS = (
    _input(0, chunked(_CONTENTS)),
    _input(_TRAILER, chunked(_CONTENTS, None, [_CRC])),
    _input(_SIGNED, chunked(_CONTENTS, _SIGNING)),
    _input(
        _SIGNED | _TRAILER,
        chunked(_CONTENTS, _SIGNING, [_CRC, ("x-amz-trailer-signature", _SIGNING[-1])]),
    ),
)
WORDS = (
    *(b";chunk-signature=", b"x-amz-trailer-signature:", _NAME.encode() + b":", b"0\r\n\r\n"),
    *(b"\n\r\n", b"ffffffffffffffff", b"0000", b"\r\n0;chunk-signature="),
)


def _check_seeds() -> None:
    for seed in SEEDS:
        flags, length = seed[0], int.from_bytes(seed[1:_HEAD], "big")
        found = _read([seed[_HEAD + _PLACES :]], flags, length)
        assert len(found) == 3, found
        assert not flags & _SIGNED or _is_signed(*found)


_check_seeds()
