"""Options of `pillarbox serve` about what the server does by itself as things grow old."""

from __future__ import annotations

from typing import Annotated

import typer

from pillarbox.cli.quantities import parse_duration

UploadExpiry = Annotated[
    str,
    typer.Option(
        metavar="SPAN",
        help="An upload in parts that gets no part for this long, and is neither completed nor "
        "aborted, is forgotten with its parts; 0s keeps it for ever, as OSS.",
    ),
]

LifecycleInterval = Annotated[
    str,
    typer.Option(
        metavar="SPAN",
        help="Pause between two passes in which the buckets' lifecycle rules are carried out; 0s "
        "carries them out never.",
    ),
]


def read_span(option: str, text: str) -> int:
    """Seconds of a span that may be none; ValueError names the option."""
    try:
        return int(parse_duration(text).total_seconds())
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None
