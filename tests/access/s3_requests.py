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

    def authenticate(self, now: datetime, region: str | None = None) -> tuple[Caller, Payload]:
        """Who signed it, in a store of this region."""
        path, _, query = self.target.partition("?")
        raw_path = path.encode("utf-8")
        host = next(value.decode() for name, value in self.headers if name.lower() == b"host")
        address = ADDRESSING.resolve(host, raw_path)
        return asyncio.run(
            authenticate_s3(
                self.method,
                self.headers,
                Query.parse(query.encode("utf-8")).pairs,
                raw_path,
                (address.bucket, address.key),
                SIGNERS,
                now,
                region,
            )
        )


def of_url(method: str, url: str, headers: dict[str, str]) -> S3Request:
    """The request that a client sends to an address, with the Host that comes of itself."""
    parts = urlsplit(url)
    target = parts.path + ("?" + parts.query if parts.query else "")
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return S3Request(method, target, [(b"host", parts.netloc.encode()), *pairs])
