"""One URL that a callback goes to (OSS: "Callback", callbackUrl)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urlsplit

MAX_URLS = 5

#: What `encodeURI` of JavaScript leaves alone, and the escapes that are there already.
URL_SAFE = ";,/?:@&=+$-_.!~*'()#%"

_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Names and IPv4 addresses in any spelling. "Callback" knows no IPv6 literals.
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}")
_HOST_HEADER = re.compile(r"[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?")
_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_UNUSABLE = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class Target:
    """Where one call goes.

    Attributes:
        scheme: `http` or `https`.
        host: a name or an IPv4 address, as it was written.
        path: percent-encoded, begins with `/`.
        query: as it stands in the URL, None if there is none.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str | None = None

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read a URL; without a scheme it is http. What can't stand in a URL is percent-encoded.

        Raises:
            ValueError: it can't be called.
        """
        # A backslash or a blank is read differently by different programs: who is called then?
        if _UNUSABLE.search(text):
            raise ValueError("a blank, a backslash or a control character")
        parts = urlsplit(text if "://" in text else f"http://{text}")
        if parts.scheme not in _DEFAULT_PORTS:
            raise ValueError("the scheme is neither http nor https")
        host = parts.hostname or ""
        if "@" in parts.netloc or not _HOST.fullmatch(host):
            raise ValueError("no usable host")
        if parts.netloc.endswith(":") or parts.port == 0:
            raise ValueError("no usable port")
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        # A bare `?` is dropped: few sites can tell whether one was there, and it would be signed.
        query = _encoded(parts.query) or None
        return cls(parts.scheme, host, port, _encoded(parts.path) or "/", query)

    @property
    def authority(self) -> str:
        """Host, and the port unless it is the scheme's own: what a Host header says."""
        if self.port == _DEFAULT_PORTS[self.scheme]:
            return self.host
        return f"{self.host}:{self.port}"

    @property
    def request_target(self) -> str:
        """Path and query, as they stand in the request line."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def decoded_path(self) -> bytes:
        """The path as it is signed ("Callback", signature): percent-decoded, `+` left alone."""
        return unquote_to_bytes(self.path)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.request_target}"


def is_host_header(text: str) -> bool:
    """Whether `text` may stand as callbackHost: a name or address, and perhaps a port."""
    return _HOST_HEADER.fullmatch(text) is not None


def _encoded(text: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=URL_SAFE)
