"""Origins of web pages as options name them: `https://www.example.com`, `http://localhost:*`."""

from __future__ import annotations

from collections.abc import Sequence

from pillarbox.model.cors import is_whole_origin


def check_origins(option: str, origins: Sequence[str]) -> tuple[str, ...]:
    """The origins that `option` was given, each once; ValueError for what can't be one."""
    for origin in origins:
        if not is_whole_origin(origin):
            raise ValueError(
                f"{option} {origin[:200]!r} is not an origin: write SCHEME://HOST[:PORT] without "
                "a path, in which one * may stand for anything, or * alone"
            )
    return tuple(dict.fromkeys(origins))
