"""Options of `pillarbox serve` about whom the store calls, and where it sends browsers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from pillarbox.cli.quantities import parse_duration

_HOST = re.compile(r"[a-z0-9._-]{1,253}(:[0-9]{1,5})?|\[[0-9a-f:.]+\](:[0-9]{1,5})?")
_LONGEST_RETRY = timedelta(days=30)


def read_key_url(text: str | None) -> str | None:
    """The URL of `--callback-key-url`; ValueError for what is none."""
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_usable = False
    if not is_usable or not text.isascii() or any(c <= " " for c in text):
        raise ValueError(
            f"--callback-key-url {text!r} is no URL: write it like "
            "https://files.example/-/callback.pem"
        )
    return text


def read_redirect_hosts(given: Sequence[str]) -> tuple[str, ...]:
    """The hosts of `--redirect-allow`, lower case; ValueError for what is none."""
    hosts = []
    for text in given:
        host = text.lower()
        if not _HOST.fullmatch(host):
            raise ValueError(
                f"--redirect-allow {text!r} is not a host: write it like www.example.com or "
                "localhost:8000, without a scheme and a path"
            )
        hosts.append(host)
    return tuple(dict.fromkeys(hosts))


def read_retry(text: str | None, init_buckets: Sequence[str]) -> int | None:
    """The seconds of `--callback-retry`; ValueError for what is no such time."""
    if text is None:
        return None
    if not init_buckets:
        raise ValueError("--callback-retry is for the buckets of --init-bucket: name one of them")
    return read_retry_span(text, "--callback-retry")


def read_retry_span(text: str, what: str) -> int:
    """The seconds that failed callbacks are tried again for, 0 for not at all.

    Args:
        what: the option or argument, for messages.

    Raises:
        ValueError: it is no such time.
    """
    try:
        span = parse_duration(text)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None
    if span > _LONGEST_RETRY:
        raise ValueError(f"{what} {text!r} is too long: {_LONGEST_RETRY.days}d at most")
    return int(span.total_seconds())
