"""`pillarbox bucket-quota`."""

from __future__ import annotations

import json

from tests.cli.here import CommandLine


def test_it_is_shown_set_and_taken_away(line: CommandLine) -> None:
    lead = "Bucket photos holds 0 bytes of"
    unbound = f"{lead} any number in 0 objects of any number\n"
    assert line.done("bucket-quota", "photos") == unbound
    assert line.done("bucket-quota", "photos", "--bytes", "1MB") == (
        f"{lead} 1000000 in 0 objects of any number\n"
    )
    shown = json.loads(line.done("bucket-quota", "photos", "--objects", "0", "--json"))
    assert shown == {
        "bucket": "photos",
        "bytes": {"used": 0, "parts": 0, "quota": 1_000_000},
        "objects": {"used": 0, "quota": 0},
    }
    line.done("bucket-quota", "photos", "--bytes", "none", "--objects", "none")
    assert line.done("bucket-quota", "photos") == unbound


def test_mistakes_are_one_line(line: CommandLine) -> None:
    assert line.mistake("bucket-quota", "elsewhere") == (
        "pillarbox bucket-quota: there is no bucket 'elsewhere': see `pillarbox bucket list`"
    )
    assert "'1.5' is no number" in line.mistake("bucket-quota", "photos", "--objects", "1.5")
