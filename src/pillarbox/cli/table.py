"""Rows of text in columns, as commands list things."""

from __future__ import annotations

from collections.abc import Sequence

from pillarbox.model.plain_text import plain


def table(rows: Sequence[Sequence[str]]) -> str:
    """The rows, one a line, each column as wide as its widest text; there is at least one row."""
    shown = [[plain(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return "\n".join(
        "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    )
