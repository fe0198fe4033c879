"""One request to a store: what it is about and what it carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from pillarbox.forms.endpoint import bucket_url, service_url

#: A body is handed to the network in pieces of this size, in bytes.
PIECE_SIZE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What a store is asked.

    Attributes:
        method: uppercase.
        bucket: None for the store itself.
        key: of an object, decoded; None for the bucket.
        query: decoded; an empty value is a name alone, such as `?acl`.
        headers: further ones, such as `x-oss-acl`.
        body: None for none.
    """

    method: str
    bucket: str | None = None
    key: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def url(self, endpoint: str) -> str:
        """Where it goes, ValueError for an endpoint or a bucket that can't be."""
        if self.bucket is None:
            base = service_url(endpoint)
        else:
            base = bucket_url(endpoint, self.bucket)
            if self.key is not None:
                base = f"{base.removesuffix('/')}/{quoted_key(self.key)}"
        items = (
            f"{quote(name, safe='')}={quote(value, safe='')}" if value else quote(name, safe="")
            for name, value in self.query.items()
        )
        return f"{base}?{'&'.join(items)}" if self.query else base

    def pieces(self) -> Iterator[bytes]:
        """The body, piece by piece."""
        body = memoryview(self.body or b"")
        for at in range(0, len(body), PIECE_SIZE):
            yield bytes(body[at : at + PIECE_SIZE])


def quoted_key(key: str) -> str:
    """A key as it stands in a path: no part of it may be taken for `.` or `..`."""
    return "/".join(
        part.replace(".", "%2E") if part in (".", "..") else quote(part, safe="~")
        for part in key.split("/")
    )
