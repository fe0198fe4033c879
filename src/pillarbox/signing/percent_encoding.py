"""Percent-encoding as the signatures of Alibaba's other services want it."""

from __future__ import annotations

from urllib.parse import quote


def percent_encoded(text: str) -> str:
    """`text` in UTF-8, all but letters, digits, `-`, `_`, `.` and `~` encoded (RFC 3986, 2.3)."""
    return quote(text, safe="-_.~")
