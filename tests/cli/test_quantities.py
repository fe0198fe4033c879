from datetime import timedelta

import pytest

from pillarbox.cli.quantities import parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1024", 1024),
        (" 7 B ", 7),
        ("500KB", 500_000),
        ("2MB", 2_000_000),
        ("3GB", 3_000_000_000),
        ("10KiB", 10_240),
        ("10MiB", 10_485_760),
        ("10mib", 10_485_760),
        ("5GiB", 5_368_709_120),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "MiB", "-1", "1.5MiB", "10 MiBs", "10m", "1e3", "١", "9" * 19]
)
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 10MiB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        ("0s", timedelta(0)),
    ],
)
def test_spans(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "m", "10", "-1h", "1.5h", "1w", "10MiB", "9" * 18 + "d"])
def test_no_spans(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse_duration(text)
