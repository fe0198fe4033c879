"""Options of `pillarbox serve` about what any policy and any upload may be at most."""

from __future__ import annotations

from datetime import timedelta

from pillarbox.cli.quantities import parse_duration, parse_size
from pillarbox.policy.ceilings import Ceilings


def read_ceilings(lifetime: str | None, size: str | None) -> Ceilings:
    """The ceilings of `--max-policy-lifetime` and `--max-upload-size`; ValueError for none."""
    return Ceilings(
        None if lifetime is None else _lifetime(lifetime), None if size is None else _size(size)
    )


def _lifetime(text: str) -> timedelta:
    try:
        span = parse_duration(text)
    except ValueError as error:
        raise ValueError(f"--max-policy-lifetime: {error}") from None
    if not span:
        raise ValueError("--max-policy-lifetime 0 would refuse every policy: write it like 1h")
    return span


def _size(text: str) -> int:
    try:
        size = parse_size(text)
    except ValueError as error:
        raise ValueError(f"--max-upload-size: {error}") from None
    if not size:
        raise ValueError("--max-upload-size 0 would refuse every file: write it like 100MiB")
    return size
