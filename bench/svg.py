"""A bar chart as SVG text: one bar a row, its median as a number, its range as a thin line.

Nothing but text and rectangles on no background, in greys and a blue that stand out from white and
from black alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH = 760
_LABEL = 340
_NUMBER = 130
_ROW = 26
_HEAD = 44
_FOOT = 12
_TEXT = "#737b84"
_BAR = "#4f8fd9"
_RANGE = "#737b84"
_FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart: all numbers in the chart's unit, none below 0."""

    label: str
    median: float
    lowest: float
    highest: float


def bar_chart(title: str, unit: str, bars: Sequence[Bar], mark: float | None = None) -> str:
    """The chart.

    Args:
        unit: behind each number; empty for ratios.
        mark: where a dashed line goes from top to bottom, such as at the ratio 1.
    """
    height = _HEAD + _ROW * len(bars) + _FOOT
    most = max([bar.highest for bar in bars] + [mark or 0]) or 1.0
    scale = (_WIDTH - _LABEL - _NUMBER) / most
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" font-family="{_FONT}">',
        f"<title>{escape(title)}</title>",
        f'<text x="8" y="24" font-size="15" font-weight="600" fill="{_TEXT}">'
        f"{escape(title)}</text>",
    ]
    for number, bar in enumerate(bars):
        lines += _row(bar, unit, _HEAD + _ROW * number, scale)
    if mark is not None:
        x = _LABEL + mark * scale
        lines.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_HEAD - 6}" y2="{height - _FOOT}" '
            f'stroke="{_RANGE}" stroke-dasharray="3 3"/>'
        )
    return "\n".join([*lines, "</svg>", ""])


def _row(bar: Bar, unit: str, top: float, scale: float) -> list[str]:
    middle = top + _ROW / 2 - 2
    low, high = _LABEL + bar.lowest * scale, _LABEL + bar.highest * scale
    said = f"{number(bar.median)} {unit}".strip()
    return [
        f'<text x="{_LABEL - 10}" y="{middle + 4:.1f}" font-size="13" text-anchor="end" '
        f'fill="{_TEXT}">{escape(bar.label)}</text>',
        f'<rect x="{_LABEL}" y="{top}" width="{max(1.0, bar.median * scale):.1f}" '
        f'height="{_ROW - 8}" rx="2" fill="{_BAR}" fill-opacity="0.75"/>',
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle - 1:.1f}" y2="{middle - 1:.1f}" '
        f'stroke="{_RANGE}" stroke-width="2"/>',
        f'<text x="{max(high, _LABEL + bar.median * scale) + 8:.1f}" y="{middle + 4:.1f}" '
        f'font-size="13" fill="{_TEXT}">{escape(said)}</text>',
    ]


def number(value: float) -> str:
    """A value as people read it: two places below 100, none above, two digits of small ones."""
    if 0 < abs(value) < 0.01:
        return f"{value:.2g}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
