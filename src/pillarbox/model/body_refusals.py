"""What S3 says of a body that is not what its request announced.

Codes and texts are those that Amazon S3 answers with, as test suites that run against it have
recorded them (OpenStack Swift: test/s3api; versitygw: tests). The catalogue of the rest is
`refusals`; a refusal that both dialects have stands there.
"""

from __future__ import annotations

from http import HTTPStatus as Status

from pillarbox.model import refusals
from pillarbox.model.refusals import Refusal, RefusalKind

BAD_DIGEST = RefusalKind(
    "BadDigest",
    Status.BAD_REQUEST,
    "The Content-MD5 you specified did not match what we received.",
)
INVALID_CHUNK_SIZE = RefusalKind(
    "InvalidChunkSizeError",
    Status.BAD_REQUEST,
    "Only the last chunk is allowed to have a size less than 8192 bytes",
)
MALFORMED_TRAILER = RefusalKind(
    "MalformedTrailerError",
    Status.BAD_REQUEST,
    "The request contained trailing data that was not well-formed or did not conform to our "
    "published schema.",
)
CONTENT_SHA256_MISMATCH = RefusalKind(
    "XAmzContentSHA256Mismatch",
    Status.BAD_REQUEST,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
)


def catalogue() -> tuple[RefusalKind, ...]:
    """Every refusal kind of this module."""
    return (BAD_DIGEST, INVALID_CHUNK_SIZE, MALFORMED_TRAILER, CONTENT_SHA256_MISMATCH)


#: Message of `IncompleteBody` for a body whose framing is broken.
TERMINATED_UNEXPECTEDLY = "The request body terminated unexpectedly"


def broken_framing(reason: str) -> Refusal:
    """`IncompleteBody`, which S3 calls every flaw of an `aws-chunked` body's framing.

    Args:
        reason: which one, for the log.
    """
    refusal = refusals.INCOMPLETE_BODY(TERMINATED_UNEXPECTEDLY)
    refusal.hint = reason
    return refusal


def malformed_trailer(reason: str) -> Refusal:
    """`MalformedTrailerError`, with the reason for the log."""
    refusal = MALFORMED_TRAILER()
    refusal.hint = reason
    return refusal
