"""Sizes in words, for the names of lines."""

from __future__ import annotations

from bench.plan import GIB, KIB, MIB


def in_words(size: int) -> str:
    """Such as `4 KiB` or `1 GiB`; bytes are counted in the largest unit that they fill."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size >= unit:
            return f"{size / unit:g} {name}"
    return f"{size} bytes"


def of_connections(count: int) -> str:
    """`1 connection`, `32 connections`."""
    return "1 connection" if count == 1 else f"{count} connections"
