"""Reading objects as anybody does, and holding them to what the answer says of them."""

from __future__ import annotations

import http.client
from dataclasses import dataclass

from fastcrc import crc64

from tests.crash.ledger import Content


class UnreadableError(Exception):
    """An object that is there and can't be read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says.

    Attributes:
        status: 200; 404 if nothing is there, 405 for a delete marker.
        content: None unless the status is 200.
        etag: without quotes.
        version_id: empty where none is told.
    """

    status: int
    content: Content | None
    etag: str
    version_id: str


def read(connection: http.client.HTTPConnection, target: str) -> Reading:
    """Get an object by its path and query. Raises UnreadableError."""
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        data = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise UnreadableError(repr(error)) from error
    version_id = answer.headers.get("x-oss-version-id", "")
    if answer.status in (404, 405):
        return Reading(answer.status, None, "", version_id)
    if answer.status != 200:
        raise UnreadableError(f"{answer.status} {data[:300]!r}")
    content, etag = Content.of(data), answer.headers["ETag"].strip('"')
    # The ETag of an object of parts is not the MD5 of its bytes.
    if "-" not in etag and etag != content.md5:
        raise UnreadableError(f"the ETag is {etag} but it is {content}")
    if answer.headers["x-oss-hash-crc64ecma"] != str(crc64.xz(data)):
        raise UnreadableError(f"the CRC-64 is not that of {content}")
    return Reading(answer.status, content, etag, version_id)
