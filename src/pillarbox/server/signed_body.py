"""The body of an S3 request held to what its head signed and announced of it."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.checksums import TRAILER, AnnouncedChecksum, announced_checksum
from pillarbox.model.dialects import S3
from pillarbox.server.aws_chunked import decoded_length_of
from pillarbox.server.request import AWS_CHUNKED, Request
from pillarbox.server.verified_body import Chunking, VerifiedBody
from pillarbox.signing import payload
from pillarbox.signing.chunk_signatures import ChunkSignatures
from pillarbox.signing.payload import Payload

_TRAILER = TRAILER.removeprefix(S3.prefix)


def hold_body(request: Request, vouched: Payload) -> None:
    """Let the body of a request end only as its signature and its headers say.

    Args:
        vouched: what the signature vouches for.

    Raises:
        Refusal: for what they say of it and can't be (see `announced_checksum`, `VerifiedBody`),
            `InvalidRequest` for a framing that the signature says nothing of: the object would be
            the framing.
    """
    body = request.body
    assert isinstance(body, VerifiedBody)
    body.hold_to(
        sha256=vouched.sha256, announced=_announced(request), chunking=_chunking(request, vouched)
    )


def hold_form_body(request: Request) -> None:
    """As `hold_body`, for a form, whose fields are signed and its head is not.

    No form needs what S3 has there; but a digest that nobody compares must not look compared.
    """
    said = request.headers.raw(payload.HEADER.decode("ascii"))
    hold_body(request, Payload.read(said or payload.UNSIGNED_PAYLOAD))


def _announced(request: Request) -> AnnouncedChecksum | None:
    # Not in a signed URL: there the AWS SDK for JavaScript has the checksum of no bytes at all, for
    # it signs before the bytes are known.
    headers = request.headers.with_prefix(S3.prefix)
    if request.method == "POST" and "uploadId" in request.query:
        # There a header is about the object: see `claimed_checksums`.
        headers = [(name, value) for name, value in headers if name == _TRAILER]
    return announced_checksum((S3.field(name), value) for name, value in headers)


def _chunking(request: Request, vouched: Payload) -> Chunking | None:
    if not vouched.chunked:
        if any(coding.lower() == AWS_CHUNKED for coding in request.content_codings):
            raise refusals.INVALID_REQUEST(
                "A body with the Content-Encoding aws-chunked needs an x-amz-content-sha256 that "
                "says how its chunks are signed."
            )
        return None
    return Chunking(
        decoded_length_of(request.own("decoded-content-length")),
        None if vouched.seed is None else ChunkSignatures(vouched.seed),
        vouched.trailer,
    )
