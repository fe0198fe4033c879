"""User metadata as a command line spells it: `--meta author=eric`."""

from __future__ import annotations

from collections.abc import Iterable


def parse_metadata(texts: Iterable[str]) -> dict[str, str]:
    """Names and values, ValueError for a text without `=` or a name that is there twice."""
    metadata: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise ValueError(f"the metadata {text!r} has no =: write it like --meta author=eric")
        if name in metadata:
            raise ValueError(f"the metadata {name!r} is there twice: leave one out")
        metadata[name] = value
    return metadata
