"""Digests that a client sends along with a body."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from dataclasses import dataclass

from pillarbox.model import refusals
from pillarbox.model.body_refusals import BAD_DIGEST
from pillarbox.model.dialects import S3, Dialect
from pillarbox.model.limits import KIB
from pillarbox.model.refusals import Refusal
from pillarbox.server.request import Request
from pillarbox.storage.running_hash import RunningHash


def content_md5(request: Request) -> bytes | None:
    """The 16 bytes of the header Content-MD5, None without one.

    Raises:
        Refusal: `InvalidDigest` if it is no base64 of 16 bytes.
    """
    text = request.headers.raw("content-md5")
    if text is None:
        return None
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise refusals.INVALID_DIGEST() from None
    if len(digest) != 16:
        raise refusals.INVALID_DIGEST()
    return digest


def md5_mismatch(dialect: Dialect) -> Refusal:
    """The body is not what its Content-MD5 says: `InvalidDigest`, in S3 `BadDigest`."""
    return BAD_DIGEST() if dialect is S3 else refusals.INVALID_DIGEST()


async def read_whole(request: Request, max_size: int, too_large: Refusal) -> bytes:
    """A request's body of at most `max_size` bytes, which is what its Content-MD5 says.

    Raises:
        Refusal: `too_large`; as of `content_md5` and `md5_mismatch`.
    """
    expected = content_md5(request)
    body = await request.body.read_all(max_size, too_large)
    if expected not in (None, hashlib.md5(body, usedforsecurity=False).digest()):
        raise md5_mismatch(request.dialect)
    return body


@dataclass(frozen=True, slots=True)
class BodyDigest:
    """The header Content-MD5 of a form beside the MD5 of the body as it comes.

    It covers the whole multipart body, not the file (OSS: "PostObject", Content-MD5).
    """

    expected: bytes | None
    running: RunningHash | None

    @classmethod
    def of(cls, request: Request) -> BodyDigest:
        """Of the request's header; nothing is hashed without one."""
        expected = content_md5(request)
        if expected is None:
            return cls(None, None)
        return cls(expected, hashlib.md5(usedforsecurity=False))

    async def update(self, piece: bytes) -> None:
        """Take in a piece of the body; a large one in a thread, to keep the event loop idle."""
        if self.running is None:
            return
        if len(piece) > 64 * KIB:
            await asyncio.to_thread(self.running.update, piece)
        else:
            self.running.update(piece)

    def check(self) -> None:
        """Raise the refusal `InvalidDigest` unless the body was what the header said."""
        if self.running is not None and self.running.digest() != self.expected:
            raise refusals.INVALID_DIGEST()
