"""Patterns with `*` (any text) and `?` (one character), as RAM writes them."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    parts = (
        ".*" if piece == "*" else "." if piece == "?" else re.escape(piece)
        for piece in re.split(r"([*?])", pattern)
    )
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches_pattern(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether `pattern` stands for the whole of `text`.

    No pattern takes longer than the product of both lengths: somebody else wrote it.
    """
    if "*" not in pattern and "?" not in pattern:
        return pattern.lower() == text.lower() if ignore_case else pattern == text
    if pattern.count("*") > 1:
        return _matches_segments(pattern, text, ignore_case)
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


def _matches_segments(pattern: str, text: str, ignore_case: bool) -> bool:
    """The first and last segment at the ends, each other at its leftmost place in between.

    Greedy from the left is right, for a star takes whatever lies between; no backtracking.
    """
    first, *middle, last = pattern.split("*")
    head = _compiled(first, ignore_case).match(text)
    if head is None or len(text) - head.end() < len(last):
        return False
    end = len(text) - len(last)
    if _compiled(last, ignore_case).fullmatch(text, end) is None:
        return False
    position = head.end()
    for segment in middle:
        found = _compiled(segment, ignore_case).search(text, position, end)
        if found is None:
            return False
        position = found.end()
    return True
