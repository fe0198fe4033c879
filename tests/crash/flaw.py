"""What a comparison finds after a crash."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that the server promised and did not keep.

    Attributes:
        is_loss: whether an acknowledged upload is not there, or not whole.
    """

    what: str
    is_loss: bool = False

    def __str__(self) -> str:
        return self.what
