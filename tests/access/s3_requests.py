"""S3 requests for tests: what was signed, and what authentication makes of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from pillarbox.access.caller import Caller
from pillarbox.access.s3_authentication import authenticate_s3
from pillarbox.server.addressing import Addressing
from pillarbox.server.request import Query
from pillarbox.signing.payload import Payload
from tests.access.keys import SIGNERS

ADDRESSING = Addressing(("s3.example.com",), trust_forged_host=False)


@dataclass(frozen=True)
class S3Request:
    """A request as it arrives.

    Attributes:
        target: path and query.
    """

    method: str
    target: str
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The target without the query."""
        return self.target.partition("?")[0]

    @property
    def raw_path(self) -> bytes:
        """The same as bytes."""
        return self.path.encode("utf-8")

    @property
    def query(self) -> list[tuple[bytes, bytes]]:
        """Decoded."""
        return list(Query.parse(self.target.partition("?")[2].encode("utf-8")).pairs)

    @property
    def resource(self) -> tuple[str | None, bytes | None]:
        """Bucket and key."""
        host = next(value.decode() for name, value in self.headers if name.lower() == b"host")
        address = ADDRESSING.resolve(host, self.raw_path)
        return address.bucket, address.key

    def authenticate(self, now: datetime, region: str | None = None) -> tuple[Caller, Payload]:
        """Who signed it, in a store of this region."""
        return asyncio.run(
            authenticate_s3(
                self.method,
                self.headers,
                self.query,
                self.raw_path,
                self.resource,
                SIGNERS,
                now,
                region,
            )
        )


def of_url(method: str, url: str, headers: dict[str, str]) -> S3Request:
    """The request that a client sends to an address, with its Host."""
    parts = urlsplit(url)
    target = parts.path + ("?" + parts.query if parts.query else "")
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    if not any(name.lower() == b"host" for name, _ in pairs):
        # botocore adds it only where awscrt signs.
        pairs.insert(0, (b"host", parts.netloc.encode()))
    return S3Request(method, target, pairs)
