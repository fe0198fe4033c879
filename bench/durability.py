"""What an answer of each system means: a speed says nothing without it."""

from __future__ import annotations

#: By the names that figures give them.
PROMISES = {
    "Pillarbox": "the bytes and the catalog's row are forced to the disk before it",
    "floor": "as Pillarbox's, by the same commit",
    "bare granian": "nothing: the bytes are read and thrown away",
    "nginx": "the bytes lie in the page cache, nothing is forced to the disk",
    "dd": "at its end the bytes are forced to the disk",
}


def note(name: str, promise: str) -> str:
    """The line under a figure."""
    return f"{name}: an answer means: {promise}"


def notes(*names: str) -> tuple[str, ...]:
    """Those of systems in `PROMISES`."""
    return tuple(note(name, PROMISES[name]) for name in names)
