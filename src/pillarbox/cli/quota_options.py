"""Quotas as the command line spells and shows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pillarbox.cli.data_directory import opened
from pillarbox.cli.quantities import parse_size
from pillarbox.model.quotas import Quota, Usage

if TYPE_CHECKING:
    from pillarbox.storage.quotas import Quotas

#: What an option says to take a bound away.
NONE = "none"

Bytes = Annotated[
    str | None,
    typer.Option(
        "--bytes",
        metavar="SIZE",
        help=f"At most so much, such as 10GiB; {NONE} for no bound.",
        show_default="as before",
    ),
]
Objects = Annotated[
    str | None,
    typer.Option(
        "--objects",
        metavar="N",
        help=f"At most so many objects; {NONE} for no bound.",
        show_default="as before",
    ),
]


@contextmanager
def quotas(data: str, command: str) -> Iterator[Quotas]:
    """The quotas of a data directory; see `data_directory.opened` for what goes wrong."""

    def open_door(directory: Path) -> Quotas:
        from pillarbox.storage.quotas import Quotas

        return Quotas(directory)

    with opened(data, command, open_door) as door:
        yield door


def changed_quota(before: Quota, size: str | None, objects: str | None) -> Quota:
    """The quota with what the options say; ValueError for what is no bound."""
    return Quota(
        before.bytes if size is None else None if size == NONE else parse_size(size),
        before.objects if objects is None else None if objects == NONE else _count(objects),
    )


def quota_members(quota: Quota, used: Usage) -> dict[str, Any]:
    """As JSON shows it; null for no bound."""
    return {
        "bytes": {"used": used.bytes, "parts": used.part_bytes, "quota": quota.bytes},
        "objects": {"used": used.objects, "quota": quota.objects},
    }


def quota_line(noun: str, name: str, quota: Quota, used: Usage) -> str:
    """As a terminal shows it."""
    in_parts = f" ({used.part_bytes} in parts of unfinished uploads)" if used.part_bytes else ""
    return (
        f"{noun} {name} holds {used.bytes} bytes of {_bound(quota.bytes)}{in_parts} "
        f"in {used.objects} objects of {_bound(quota.objects)}"
    )


def _bound(bound: int | None) -> str:
    return "any number" if bound is None else str(bound)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise ValueError(f"{text!r} is no number of objects: write it like 1000, or {NONE}")
    return int(text)
