"""Times as the wire spells them. Everything is UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache


def http_date(seconds: float) -> str:
    """IMF-fixdate of `seconds` since the Unix epoch (RFC 9110 section 5.6.7)."""
    return _http_date(int(seconds))


@lru_cache(maxsize=64)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def xml_date(milliseconds: int) -> str:
    """`YYYY-MM-DDTHH:MM:SS.000Z`: oss2 demands exactly `.000`, so the fraction is dropped."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@lru_cache(maxsize=256)
def parse_http_date(text: str) -> datetime | None:
    """The moment, UTC, that an HTTP date names, or None if it can't be read."""
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
