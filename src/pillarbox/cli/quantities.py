"""Sizes and spans of time as a command line spells them: `10MiB`, `10m`."""

from __future__ import annotations

import re
from datetime import timedelta

_NUMBER_AND_UNIT = re.compile(r"([0-9]{1,18}) ?([A-Za-z]*)")

_BYTES = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
    "kib": 1024,
    "mib": 1024**2,
    "gib": 1024**3,
}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_size(text: str) -> int:
    """The bytes that `text` means: a number, with B, KB, MB, GB, KiB, MiB or GiB behind it.

    Raises:
        ValueError: for any other text.
    """
    match = _NUMBER_AND_UNIT.fullmatch(text.strip())
    if match is None or match[2].lower() not in _BYTES:
        raise ValueError(f"{text!r} is no size: write it like 10MiB, 500KB or 1024")
    return int(match[1]) * _BYTES[match[2].lower()]


def parse_duration(text: str) -> timedelta:
    """The span that `text` means: a number with s, m, h or d behind it.

    Raises:
        ValueError: for any other text.
    """
    match = _NUMBER_AND_UNIT.fullmatch(text.strip())
    if match is None or match[2].lower() not in _SECONDS:
        raise ValueError(f"{text!r} is no span of time: write it like 90s, 10m, 2h or 7d")
    try:
        return timedelta(seconds=int(match[1]) * _SECONDS[match[2].lower()])
    except OverflowError:
        raise ValueError(f"{text!r} is too long a span of time: write it like 7d") from None
