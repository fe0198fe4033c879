"""How the body of an S3 request is vouched for: the header `x-amz-content-sha256`
(S3: "Authenticating Requests: Using the Authorization Header", overview).

It holds the body's SHA-256 in hex or one of the words below. What the words mean for the body is
its reader's to do; here they are only read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from pillarbox.model import refusals
from pillarbox.model.dialects import S3
from pillarbox.signing.chunk_signatures import ChunkSeed

#: Name of the header; a signed URL may have it as a parameter, in any case.
HEADER = b"x-amz-content-sha256"

UNSIGNED_PAYLOAD = b"UNSIGNED-PAYLOAD"
UNSIGNED_CHUNKS = b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED_CHUNKS = f"STREAMING-{S3.v4_algorithm}-PAYLOAD".encode("ascii")
SIGNED_CHUNKS_AND_TRAILER = SIGNED_CHUNKS + b"-TRAILER"

_WORDS = {
    word: word.decode("ascii")
    for word in (UNSIGNED_PAYLOAD, UNSIGNED_CHUNKS, SIGNED_CHUNKS, SIGNED_CHUNKS_AND_TRAILER)
}
# Signed with a key pair (V4A), of which a store that keeps secrets has no half.
_V4A = b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
_SHA256 = re.compile(rb"[0-9a-fA-F]{64}")
_SHOWN = 128


def check_value(value: bytes) -> None:
    """Refuse a value of `x-amz-content-sha256` that is none.

    Asked before it is signed text: in a URL it may hold anything, ends of lines included.

    Raises:
        Refusal: `InvalidArgument`; `NotImplemented` for chunks that are signed with a key pair.
    """
    if value.startswith(_V4A):
        raise refusals.NOT_IMPLEMENTED(Header=HEADER.decode("ascii"))
    if value not in _WORDS and _SHA256.fullmatch(value) is None:
        name = HEADER.decode("ascii")
        raise refusals.INVALID_ARGUMENT(
            f"{name} must be {', '.join(_WORDS.values())} or a valid sha256 value.",
            ArgumentName=name,
            ArgumentValue=value[:_SHOWN].decode("utf-8", "replace"),
        )


@dataclass(frozen=True, slots=True)
class Payload:
    """What holds for the body of a request.

    Attributes:
        sha256: what its SHA-256 must be, lowercase hex; None if it was not signed as a whole.
        chunked: it comes as `aws-chunked`, whose lengths and signatures are no part of the object.
        trailer: headers follow its chunks.
        seed: what the chunks' signatures begin with; None if they have none.
    """

    sha256: str | None = None
    chunked: bool = False
    trailer: bool = False
    seed: ChunkSeed | None = None

    @classmethod
    def read(cls, value: bytes, seed: ChunkSeed | None = None) -> Self:
        """What a value of `x-amz-content-sha256` says.

        Args:
            seed: of the request, if it has a V4 signature in its header.

        Raises:
            Refusal: as of `check_value`; `InvalidRequest` for signed chunks in a request that has
                no signature to begin with.
        """
        check_value(value)
        if value == UNSIGNED_PAYLOAD:
            return cls()
        if value == UNSIGNED_CHUNKS:
            return cls(chunked=True, trailer=True)
        if value in (SIGNED_CHUNKS, SIGNED_CHUNKS_AND_TRAILER):
            if seed is None:
                raise refusals.INVALID_REQUEST(
                    "Signed chunks need a request that is signed with "
                    f"{S3.v4_algorithm} in the Authorization header."
                )
            trailer = value == SIGNED_CHUNKS_AND_TRAILER
            return cls(chunked=True, trailer=trailer, seed=seed)
        return cls(sha256=value.decode("ascii").lower())
