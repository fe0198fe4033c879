"""From where a site takes the keys that callbacks are checked with.

A callback says itself where its key is (`x-oss-pub-key-url`), so whoever forges one names a key of
his own. A site therefore takes keys from places that it knows: OSS's two hosts ("Callback",
signing), and of a store of one's own the one path that nobody can upload to. Its host alone would
not do: a visitor who may upload there could put a key beside his file.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

#: "Callback", signing: every sample verifier insists on one of these.
OSS_PREFIXES = ("http://gosspublic.alicdn.com/", "https://gosspublic.alicdn.com/")

_KEY_PATH = "/-/callback.pem"


@dataclass(frozen=True, slots=True)
class KeySources:
    """The places that a site knows.

    Attributes:
        urls: of keys, whole.
        prefixes: that a key's URL may begin with.
    """

    urls: frozenset[str]
    prefixes: tuple[str, ...] = OSS_PREFIXES

    @classmethod
    def of(cls, stores: Iterable[str], *, oss: bool | None = None) -> KeySources:
        """The places of some stores.

        Args:
            stores: endpoints such as `https://files.example`, or whole URLs of keys.
            oss: whether OSS's own hosts are among them; by default only if there are no others.
                Whoever has an account there can have OSS call any site, with any body.

        Raises:
            ValueError: one is no URL.
        """
        urls = frozenset(map(_key_url, stores))
        is_oss_known = not urls if oss is None else oss
        return cls(urls, OSS_PREFIXES if is_oss_known else ())

    def allow(self, url: str) -> bool:
        """Whether the key at `url` may be believed."""
        return url in self.urls or url.startswith(self.prefixes)


def told_key_url(header: str) -> str | None:
    """The URL in the header `x-oss-pub-key-url`, None if it holds none."""
    try:
        url = base64.b64decode(header, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return url if url.isprintable() else None


def _key_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{text!r} is no store: write it like https://files.example")
    if parts.path in ("", "/") and not parts.query:
        return f"{parts.scheme}://{parts.netloc}{_KEY_PATH}"
    return text
