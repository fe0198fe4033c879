"""The store as the site's server uses it: by oss2, the official SDK."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from urllib.parse import quote

import oss2

from examples.careers.arrivals import Arrival
from examples.careers.settings import Settings
from examples.careers.visitor import Visitor
from pillarbox.client.assumed_role import AssumedRole

#: How long a recruiter's download link is good; seconds.
_LINK_SECONDS = 300


class _SessionProvider(oss2.credentials.CredentialsProvider):  # type: ignore[misc] # untyped
    """A role's sessions, as oss2 asks for them before each request."""

    def __init__(self, role: AssumedRole) -> None:
        self._role = role

    def get_credentials(self) -> oss2.credentials.Credentials:
        """Those that are good now."""
        given = self._role.credentials()
        return oss2.credentials.Credentials(
            given.access_key_id, given.access_key_secret, given.security_token
        )


class ResumeStore:
    """The bucket of the résumés. Any method may ask STS for a session, and wait for it."""

    def __init__(self, settings: Settings, role: AssumedRole) -> None:
        auth = oss2.ProviderAuth(_SessionProvider(role))
        self._bucket = oss2.Bucket(auth, settings.endpoint, settings.bucket)

    def put(
        self, visitor: Visitor, name: str, content_type: str, size: int, content: IO[bytes]
    ) -> Arrival:
        """Store a résumé that came through the site; raises `oss2.exceptions.OssError`."""
        key = visitor.key_prefix + name
        headers = {"Content-Type": content_type}
        put = self._bucket.put_object(key, content, headers=headers)
        return Arrival(key, put.etag, size, visitor)

    def all_of(self, visitor: Visitor) -> Iterator[Arrival]:
        """What the store holds of a visitor, in the order of the keys; raises `OssError`."""
        for found in oss2.ObjectIteratorV2(self._bucket, prefix=visitor.key_prefix):
            yield Arrival(found.key, found.etag, found.size, visitor)

    def link(self, arrival: Arrival) -> str:
        """Downloads a résumé, for five minutes, under the name that it is shown by."""
        name = plain(arrival.name)
        # Whatever a visitor sent is saved, never shown in the recruiter's browser; and saved as it
        # was sent, whatever encoding the visitor made the store claim.
        download = {
            "response-content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "response-content-encoding": "identity",
        }
        # Not `slash_safe`: browsers take `..` behind a slash for the folder above.
        link: str = self._bucket.sign_url("GET", arrival.key, _LINK_SECONDS, params=download)
        return link


def plain(name: str) -> str:
    """`name` without line ends, and without what turns the direction of the text."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
