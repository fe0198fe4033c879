"""Spans of time in words, for people: `2 hours 5 minutes`."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (("year", 365 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def span_in_words(span: timedelta) -> str:
    """The length of `span`, its sign aside, in its two largest units; a year has 365 days."""
    seconds = int(abs(span.total_seconds()))
    for at, (unit, size) in enumerate(_UNITS):
        count, rest = divmod(seconds, size)
        if count:
            words = _counted(count, unit)
            if at + 1 < len(_UNITS):
                smaller, smaller_size = _UNITS[at + 1]
                if rest >= smaller_size:
                    words += " " + _counted(rest // smaller_size, smaller)
            return words
    return "less than a second"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
