"""Which bucket and key a request addresses, from its Host header and raw path.

    http://photos.localhost:9000/a/b.jpg     virtual-hosted: the bucket is a label before a domain
    http://127.0.0.1:9000/photos/a/b.jpg     path style: the bucket is the first segment
    http://…/-/upload.js                     the service's own, on every host: no bucket is named -

The path is split on its first raw slash and decoded afterwards: a key may hold `%2F`, `//`, `.`
and `..`, which mean nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from pillarbox.model import refusals
from pillarbox.server.listening import ListenAddress
from pillarbox.server.settings import Settings

#: What the service itself has lies behind it.
OWN_PREFIX = b"-/"

FORGED_DOMAIN = ".aliyuncs.com"


@dataclass(frozen=True, slots=True)
class Address:
    """What a request is about.

    Attributes:
        bucket: name as addressed, unchecked; None for the service.
        key: decoded bytes, None for the bucket itself.
        path_style: whether the bucket came from the path.
        own_path: what follows `/-/`, for a path of the service itself, which has no bucket.
    """

    bucket: str | None
    key: bytes | None
    path_style: bool
    own_path: str | None = None


@dataclass(frozen=True, slots=True)
class Addressing:
    """The names under which this server is reached.

    Attributes:
        domains: `BUCKET.DOMAIN` is a bucket.
        trust_forged_host: honour `BUCKET.<region>.aliyuncs.com`, which ali-oss sends to any IP
            endpoint. Only for servers that listen on loopback: elsewhere it would let a page of
            another origin choose the bucket by DNS. A domain of the server's own needs no trust.
        leading_slash_keys: whether a key may begin with a slash.
    """

    domains: tuple[str, ...]
    trust_forged_host: bool
    leading_slash_keys: bool = False

    def resolve(self, host: str, raw_path: bytes) -> Address:
        """The address of a request.

        Args:
            host: value of the Host header, port included.
            raw_path: as it stood in the request line, without the query.
        """
        path = raw_path[1:] if raw_path.startswith(b"/") else raw_path
        if path.startswith(OWN_PREFIX):
            own = path.removeprefix(OWN_PREFIX).decode("latin-1")
            return Address(None, None, path_style=True, own_path=own)
        label = _bucket_label(host, self.domains, trust_forged_host=self.trust_forged_host)
        if label is not None:
            return Address(label, unquote_to_bytes(path) or None, path_style=False)
        segment, _, rest = path.partition(b"/")
        if not segment:
            if rest:
                raise refusals.INVALID_BUCKET_NAME()
            return Address(None, None, path_style=True)
        bucket = unquote_to_bytes(segment).decode("utf-8", "replace")
        return Address(bucket, unquote_to_bytes(rest) or None, path_style=True)


@lru_cache(maxsize=256)
def _bucket_label(host: str, domains: tuple[str, ...], *, trust_forged_host: bool) -> str | None:
    """The bucket that a Host header carries, None if it carries none."""
    name = host_name(host)
    suffixes = ["." + domain for domain in domains if name.endswith("." + domain)]
    if suffixes:
        return name.removesuffix(max(suffixes, key=len))
    if trust_forged_host and name.endswith(FORGED_DOMAIN):
        label, _, rest = name.removesuffix(FORGED_DOMAIN).partition(".")
        # ali-oss lists buckets with an empty or `undefined` label.
        if rest and label not in ("", "undefined"):
            return label
    return None


def addressing_of(settings: Settings) -> Addressing:
    """How the requests of a server with these settings are addressed."""
    # With a proxy in front, loopback is where everybody comes from.
    is_local = not settings.trusted_proxies and ListenAddress(settings.host, 0).is_loopback
    return Addressing(settings.domains, is_local, settings.leading_slash_keys)


def host_name(host: str) -> str:
    """The name or address in a Host header, lower case, without the port."""
    text = host.strip().lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0].removesuffix(".")
