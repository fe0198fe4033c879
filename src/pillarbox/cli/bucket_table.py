"""The buckets of a store as a table, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from pillarbox.model.plain_text import plain

if TYPE_CHECKING:
    from pillarbox.client.buckets import ListedBucket


def show_buckets(listed: Sequence[ListedBucket], *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        typer.echo(json.dumps([bucket_members(found) for found in listed], indent=2))
    elif not listed:
        typer.echo("No buckets: pillarbox bucket create NAME makes one", err=True)
    else:
        typer.echo("\n".join(_table(listed)))


def bucket_members(listed: ListedBucket) -> dict[str, str]:
    """What JSON tells of a bucket."""
    return {
        "name": listed.name,
        "created": listed.created.isoformat(),
        "location": listed.location,
        "storageClass": listed.storage_class,
    }


def _table(listed: Sequence[ListedBucket]) -> Sequence[str]:
    rows = [
        (
            plain(found.name),
            f"{found.created:%Y-%m-%d %H:%M:%S} UTC",
            plain(found.location),
            plain(found.storage_class),
        )
        for found in listed
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
