"""The file sizes that a policy allows."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SizeRange:
    """Sizes of a file in bytes, both ends included (OSS: "PostObject", content-length-range).

    Attributes:
        minimum: 0 if no condition sets one.
        maximum: None if no condition sets one. A maximum under the minimum is legal, as two
            conditions may contradict each other; then no file fits.
        floor, ceiling: the condition that sets the minimum and the one that sets the maximum, as
            refusals show them; empty if no condition does.
    """

    minimum: int = 0
    maximum: int | None = None
    floor: str = field(default="", compare=False)
    ceiling: str = field(default="", compare=False)

    def intersect(self, other: SizeRange) -> SizeRange:
        """The sizes that both ranges hold: repeated conditions all have to hold."""
        low = self if self.minimum >= other.minimum else other
        high = self if self._ends_no_later_than(other) else other
        return SizeRange(low.minimum, high.maximum, low.floor, high.ceiling)

    def _ends_no_later_than(self, other: SizeRange) -> bool:
        if self.maximum is None or other.maximum is None:
            return other.maximum is None
        return self.maximum <= other.maximum
