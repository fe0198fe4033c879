"""The signatures inside an `aws-chunked` body (S3: "Transferring Payload in Multiple Chunks",
"Including Trailing Headers").

Each signature signs the one before, so that chunks can't be dropped, repeated or moved. The first
signs the seed, which is the signature in the header `Authorization`; the one of the trailer signs
that of the last chunk, the empty one.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from pillarbox.model import refusals
from pillarbox.model.dialects import S3
from pillarbox.signing.comparison import matches
from pillarbox.signing.header_v1 import Pairs
from pillarbox.signing.post_v4 import Scope

#: The trailing header that holds the trailer's signature.
SIGNATURE_TRAILER = b"x-amz-trailer-signature"

_CHUNK = f"{S3.v4_algorithm}-PAYLOAD"
_TRAILER = f"{S3.v4_algorithm}-TRAILER"
_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class ChunkSeed:
    """What the signatures of a body begin with.

    Attributes:
        signing_key: of `post_v4.signing_key`.
        date: that was signed, `YYYYMMDDTHHMMSSZ`.
        signature: of the request, lowercase hex.
    """

    signing_key: bytes = field(repr=False)
    scope: Scope
    date: str
    signature: str


def chunk_string_to_sign(seed: ChunkSeed, previous: str, sha256: str) -> bytes:
    """The text under the signature of a chunk.

    Args:
        previous: signature of the chunk before, the seed's for the first.
        sha256: of the chunk's data, lowercase hex.
    """
    return _text(_CHUNK, seed, previous, _EMPTY_SHA256, sha256)


def trailer_string_to_sign(seed: ChunkSeed, previous: str, headers: Pairs) -> bytes:
    """The text under the signature of the trailer.

    Args:
        previous: signature of the last chunk.
        headers: all of them; `x-amz-trailer-signature` itself is left out.
    """
    lines = sorted((name.lower(), value.strip()) for name, value in headers)
    text = b"".join(b"%s:%s\n" % line for line in lines if line[0] != SIGNATURE_TRAILER)
    return _text(_TRAILER, seed, previous, hashlib.sha256(text).hexdigest())


def sign(seed: ChunkSeed, string_to_sign: bytes) -> str:
    """Lowercase hex of HMAC-SHA256 over the string to sign."""
    return hmac.digest(seed.signing_key, string_to_sign, "sha256").hex()


class ChunkSignatures:
    """Checks the signatures of one body, in the order in which they arrive."""

    def __init__(self, seed: ChunkSeed) -> None:
        self._seed = seed
        self._previous = seed.signature

    def check_chunk(self, signature: str, sha256: str) -> None:
        """Refuse a chunk that isn't signed by `signature`.

        Args:
            sha256: of the chunk's data, lowercase hex.

        Raises:
            Refusal: `SignatureDoesNotMatch`.
        """
        self._check(chunk_string_to_sign(self._seed, self._previous, sha256), signature)

    def check_trailer(self, signature: str, headers: Pairs) -> None:
        """Refuse trailing headers that aren't signed by `signature`.

        Raises:
            Refusal: `SignatureDoesNotMatch`.
        """
        self._check(trailer_string_to_sign(self._seed, self._previous, headers), signature)

    def _check(self, text: bytes, given: str) -> None:
        expected = sign(self._seed, text)
        if not matches(expected, given):
            raise refusals.SIGNATURE_DOES_NOT_MATCH()
        self._previous = expected


def _text(algorithm: str, seed: ChunkSeed, *rest: str) -> bytes:
    _, _, within = seed.scope.render(S3).partition("/")
    return "\n".join((algorithm, seed.date, within, *rest)).encode("utf-8")
