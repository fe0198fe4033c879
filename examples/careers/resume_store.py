"""The store as the site's server uses it: by oss2, the official SDK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import quote

import oss2

from examples.careers.settings import Settings
from examples.careers.visitor import Visitor

#: How long a recruiter's download link is good; seconds.
_LINK_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Resume:
    """One line of the recruiter's list.

    Attributes:
        name: of the file, as the visitor's browser told it.
        visitor: id of who sent it.
        size: bytes.
        received: seconds since the Unix epoch, UTC.
        link: downloads it, for five minutes.
    """

    name: str
    visitor: str
    size: int
    received: int
    link: str


class ResumeStore:
    """The bucket of the résumés."""

    def __init__(self, settings: Settings) -> None:
        auth = oss2.Auth(settings.access_key_id, settings.access_key_secret)
        self._bucket = oss2.Bucket(auth, settings.endpoint, settings.bucket)

    def put(self, visitor: Visitor, name: str, content_type: str, content: IO[bytes]) -> None:
        """Store a résumé that came through the site; raises `oss2.exceptions.OssError`."""
        self._bucket.put_object(
            visitor.key_prefix + name, content, headers={"Content-Type": content_type}
        )

    def all(self) -> Iterator[Resume]:
        """Every résumé, in the order of the keys."""
        for found in oss2.ObjectIteratorV2(self._bucket):
            visitor, _, name = found.key.partition("/")
            shown = _plain(name)
            link = self._link(found.key, shown)
            yield Resume(shown, visitor, found.size, found.last_modified, link)

    def _link(self, key: str, name: str) -> str:
        # Whatever a visitor sent is saved, never shown in the recruiter's browser; and saved as it
        # was sent, whatever encoding the visitor made the store claim.
        download = {
            "response-content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "response-content-encoding": "identity",
        }
        # Not `slash_safe`: browsers take `..` behind a slash for the folder above.
        link: str = self._bucket.sign_url("GET", key, _LINK_SECONDS, params=download)
        return link


def _plain(name: str) -> str:
    """`name` without line ends, and without what turns the direction of the text."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
