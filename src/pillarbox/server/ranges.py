"""The request header Range (OSS: "GetObject", Range and x-oss-range-behavior)."""

from __future__ import annotations

import re

from pillarbox.model import refusals

_RANGE = re.compile(r"bytes=([0-9]{0,99})-([0-9]{0,99})")


def resolve_range(header: str | None, size: int, *, standard: bool) -> tuple[int, int] | None:
    """First byte and length of the wanted part, None for the whole object.

    OSS answers a range that reaches past the end with the whole object, unless the client asks
    for the standard behaviour; then the end is clipped and what lies beyond is refused.

    Args:
        size: of the object, bytes.
        standard: whether the request said `x-oss-range-behavior: standard`.

    Raises:
        Refusal: `InvalidRange`, only with `standard`.
    """
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        first, last = max(0, size - int(match[2])), size - 1
        fits = 0 < int(match[2]) <= size
    else:
        first = int(match[1])
        last = int(match[2]) if match[2] else size - 1
        if match[2] and last < first:
            return None
        fits = first < size and last < size
    if not fits and not standard:
        return None
    if first >= size or (not match[1] and int(match[2]) == 0):
        raise _unsatisfiable(size)
    return first, min(last, size - 1) - first + 1


def _unsatisfiable(size: int) -> refusals.Refusal:
    refusal = refusals.INVALID_RANGE()
    refusal.headers["Content-Range"] = f"bytes */{size}"
    return refusal
