"""The site's end of a callback: was it a store of ours that called?

    verify_callback(path=…, query=…, headers=…, body=…, keys=KEYS)

What that proves, and what not: the store called this very path and query with this very body. It
doesn't prove that the upload came through a form of the site: who may upload anything to that store
can have it call anybody. Name the callback in the form's policy (`PostForm` does), demand the same
of the bucket (strict forms), and look whether bucket and key are the site's own.

Needs `cryptography`: pip install 'pillarbox[callbacks]'.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import httpx

from pillarbox.callback.key_sources import KeySources, told_key_url
from pillarbox.callback.signature import is_signed, text_to_sign

_SECONDS = 5.0
#: A key measures some hundred bytes.
_LARGEST_KEY = 16 * 1024
#: Seconds after which a key is fetched anew, and after which a signature that is wrong by it leads
#: to another look: the store may have a new key.
_KEEP = 3600.0
_DOUBT_AFTER = 60.0


class ForgedCallbackError(Exception):
    """No store that the site knows has signed this; answer 403."""


class KeyUnavailableError(Exception):
    """The store's key can't be had at the moment; answer 503, so that the store tries again."""


class CallbackKeys:
    """The keys of the stores that a site knows, fetched when they are needed and remembered.

    Make one for the whole site; safe to use from any thread.

    Args:
        stores: endpoints such as `https://files.example`, or whole URLs of keys.
        oss: whether Alibaba's OSS is among them; by default only if `stores` is empty. A site that
            takes callbacks of both must look closely: anybody with an account at OSS can have it
            call the site with a body of his own.

    Raises:
        ValueError: one of `stores` is no URL.
    """

    def __init__(self, stores: Iterable[str] = (), *, oss: bool | None = None) -> None:
        self._sources = KeySources.of([stores] if isinstance(stores, str) else stores, oss=oss)
        self._kept: dict[str, tuple[bytes, float]] = {}

    def allow(self, url: str) -> bool:
        """Whether the key at `url` would be believed."""
        return self._sources.allow(url)

    def key(self, url: str, oldest: float | None = None) -> bytes:
        """The key at `url`, which is allowed, fetched at most `oldest` seconds (an hour) ago.

        Raises:
            KeyUnavailableError: it was never fetched before, and can't be now.
        """
        kept = self._kept.get(url)
        now = time.monotonic()
        if kept is not None and now - kept[1] <= (_KEEP if oldest is None else oldest):
            return kept[0]
        try:
            pem = _fetch(url)
        except KeyUnavailableError:
            if kept is None:
                raise
            return kept[0]
        self._kept[url] = (pem, now)
        return pem


def verify_callback(
    *,
    path: str,
    query: str | bytes,
    headers: Mapping[str, str],
    body: bytes,
    keys: CallbackKeys | None = None,
    public_key: bytes | None = None,
) -> None:
    """Return if a store signed this callback.

    Args:
        path: of the request, decoded, as frameworks give it. What a proxy cut off belongs to it.
        query: of the request, as it came, without `?`; empty for none.
        headers: of the request, in any letter case.
        body: of the request, as it came.
        keys: the stores that the site knows; None for OSS alone.
        public_key: PEM of the one store's key, instead of `keys`; then nothing is fetched.

    Raises:
        ForgedCallbackError: it was not signed by the key, or the key is of no store that is known.
        KeyUnavailableError: the key can't be fetched.
        ValueError: `public_key` is no RSA key.
    """
    found = {name.lower(): value for name, value in headers.items()}
    raw_query = query.decode("latin-1") if isinstance(query, bytes) else query
    text = text_to_sign(path.encode(), raw_query or None, body)
    authorization = found.get("authorization", "")
    if not authorization:
        raise ForgedCallbackError("the callback is not signed")
    if public_key is not None:
        if not is_signed(text, authorization, public_key):
            raise ForgedCallbackError("the signature is wrong")
        return
    url = told_key_url(found.get("x-oss-pub-key-url", ""))
    keys = _OSS_ALONE if keys is None else keys
    if url is None or not keys.allow(url):
        raise ForgedCallbackError(f"the key {url or ''} is of no store that this site knows")
    if _is_right(text, authorization, keys.key(url)):
        return
    if not _is_right(text, authorization, keys.key(url, _DOUBT_AFTER)):
        raise ForgedCallbackError("the signature is wrong")


_OSS_ALONE = CallbackKeys()


def _is_right(text: bytes, authorization: str, public_key: bytes) -> bool:
    try:
        return is_signed(text, authorization, public_key)
    except ValueError as error:
        raise KeyUnavailableError(f"the key can't be read: {error}") from error


def _fetch(url: str) -> bytes:
    """A key; no redirect is followed, for it could lead anywhere."""
    try:
        with httpx.stream("GET", url, timeout=_SECONDS, follow_redirects=False) as answer:
            if answer.status_code != httpx.codes.OK:
                raise KeyUnavailableError(f"{url} answered {answer.status_code}")
            pem = b""
            for piece in answer.iter_bytes():
                pem += piece
                if len(pem) > _LARGEST_KEY:
                    raise KeyUnavailableError(f"{url} is too large for a key")
            return pem
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise KeyUnavailableError(f"{url} can't be fetched: {error}") from error
