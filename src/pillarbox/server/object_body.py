"""A request's body as the bytes of an object or of a part: size, digests, storing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, Dialect
from pillarbox.model.objects import Digests
from pillarbox.policy import Ceilings, check_upload_size
from pillarbox.server.digests import content_md5, md5_mismatch
from pillarbox.server.request import Request
from pillarbox.storage.upload import Upload


@dataclass(frozen=True, slots=True)
class ExpectedBody:
    """What the headers say of the body, checked as far as it can be before it comes.

    Attributes:
        ceilings: the operator's.
        md5: 16 bytes, None if the client didn't say.
        crc64: decimal, as the client wrote it; None likewise.
        dialect: in which a wrong one is refused.
    """

    ceilings: Ceilings
    md5: bytes | None
    crc64: str | None
    dialect: Dialect = OSS

    @classmethod
    def of(cls, request: Request, ceilings: Ceilings) -> ExpectedBody:
        """Of a request that must have a body.

        Args:
            ceilings: the operator's.

        Raises:
            Refusal: `MissingContentLength`, `EntityTooLarge`, `InvalidDigest` for a Content-MD5
                that is none.
        """
        body = request.body
        if body.content_length is None and body.finished:
            raise refusals.MISSING_CONTENT_LENGTH()
        check_upload_size(body.content_length or 0, ceilings)
        crc64 = request.headers.get("x-oss-hash-crc64ecma")
        return cls(ceilings, content_md5(request), crc64, request.dialect)

    def check(self, digests: Digests) -> None:
        """Raise as `md5_mismatch`, or `InvalidCRC64`, unless the body was what the client said."""
        if self.md5 is not None and digests.md5 != self.md5:
            raise md5_mismatch(self.dialect)
        if self.crc64 is not None and self.crc64.strip() != str(digests.crc64):
            raise refusals.INVALID_CRC64()


async def receive(
    request: Request,
    upload: Upload,
    expected: ExpectedBody,
    see: Callable[[bytes], None] | None = None,
) -> Digests:
    """Write the body to `upload` as it comes, and hold it to what the headers said.

    Args:
        see: shown each piece.
    """
    request.body.inner.when_still = upload.rest
    while piece := await request.body.read():
        check_upload_size(upload.size + len(piece), expected.ceilings)
        if see is not None:
            see(piece)
        await upload.write(piece)
        del piece  # or it would be held as long as the client stands still
    digests = await upload.finish()
    expected.check(digests)
    return digests
