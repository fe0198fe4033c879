"""`pillarbox lifecycle`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from pillarbox.model.lifecycle import DAY_MS
from pillarbox.model.objects import ObjectSpec
from tests.cli.here import CommandLine
from tests.storage.lifecycle_stores import age_all, keys
from tests.storage.stores import OWNER, opened, put

RULES = """<LifecycleConfiguration>
  <Rule><ID>tmp</ID><Prefix>tmp/</Prefix><Status>Enabled</Status>
    <Expiration><Days>2</Days></Expiration>
    <Transition><Days>1</Days><StorageClass>IA</StorageClass></Transition>
    <AbortMultipartUpload><Days>1</Days></AbortMultipartUpload></Rule>
  <Rule><ID>off</ID><Prefix>old/</Prefix><Status>Disabled</Status>
    <Tag><Key>k</Key><Value>v</Value></Tag>
    <Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan>
      <Not><Prefix>old/kept/</Prefix></Not></Filter>
    <Expiration><CreatedBeforeDate>2026-06-01T00:00:00.000Z</CreatedBeforeDate></Expiration>
    <NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration>
  </Rule>
</LifecycleConfiguration>"""

SHOWN = """\
Rule tmp of bucket photos
  for        tmp/*
  expire     after 2 days
  class      IA after 1 days
  uploads    aborted after 1 days
Rule off of bucket photos, disabled
  for        old/*, tag k=v, larger than 5 bytes
  but not    old/kept/*
  expire     if older than 2026-06-01
  versions   removed 3 days after another took their place
"""

NONE = "Bucket photos has no lifecycle rules: nothing in it ends by itself\n"


@pytest.fixture
def rules(tmp_path: Path) -> str:
    """A file of rules."""
    path = tmp_path / "rules.xml"
    path.write_text(RULES)
    return str(path)


def test_rules_are_set_shown_and_removed(line: CommandLine, rules: str) -> None:
    assert line.done("lifecycle", "photos") == NONE
    assert line.done("lifecycle", "photos", "--set", rules) == SHOWN
    assert line.done("lifecycle", "photos") == SHOWN
    tmp, off = json.loads(line.done("lifecycle", "photos", "--json"))
    assert (tmp["id"], tmp["expiration"], off["enabled"]) == ("tmp", {"days": 2}, False)
    assert line.done("lifecycle", "photos", "--remove") == NONE
    assert line.done("lifecycle", "photos", "--json") == "[]\n"


def test_a_dry_run_lists_and_does_nothing(line: CommandLine, rules: str) -> None:
    async def fill() -> str:
        async with opened(line.data_dir) as (store, bucket):
            for name in (b"tmp/a", b"tmp/b", b"kept"):
                await put(store, bucket, name, b"x")
            return await store.multipart.begin(bucket, ObjectSpec(b"tmp/u"), OWNER, None)

    upload_id = asyncio.run(fill())
    line.done("lifecycle", "photos", "--set", rules)
    assert line.done("lifecycle", "photos", "--dry-run") == "Nothing is due\n"
    age_all(line.data_dir, 2 * DAY_MS)
    # Within these two days a midnight has gone by, and perhaps the one that counts.
    told = line.done("lifecycle", "photos", "--dry-run", "--at", "2100-01-01")
    assert told.splitlines() == [
        "expire tmp/a (rule tmp)",
        "expire tmp/b (rule tmp)",
        f"abort tmp/u, upload {upload_id} (rule tmp)",
        "3 due (1 abort, 2 expire)",
    ]
    members = line.done("lifecycle", "photos", "--dry-run", "--at", "2100-01-01T12:00", "--json")
    assert [json.loads(one) for one in members.splitlines()] == [
        {"action": "expire", "key": "tmp/a", "rule": "tmp"},
        {"action": "expire", "key": "tmp/b", "rule": "tmp"},
        {"action": "abort", "key": "tmp/u", "rule": "tmp", "uploadId": upload_id},
        {"due": {"expire": 2, "abort": 1}},
    ]
    assert keys(line.data_dir) == [b"kept", b"tmp/a", b"tmp/b"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--set", "none.xml"), "none.xml holds no lifecycle rules: No such file or directory"),
        (("--set", "-", "--remove"), "exclude each other"),
        (("--at", "2031-01-01"), "--at is for --dry-run"),
        (("--allow-overlap",), "--allow-overlap is for --set"),
        (("--dry-run", "--at", "soon"), "--at 'soon' is no date"),
    ],
)
def test_mistakes_are_one_line(line: CommandLine, options: tuple[str, ...], told: str) -> None:
    assert told in line.mistake("lifecycle", "photos", *options)


def test_rules_that_can_not_be(line: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "bad.xml"
    for text, told in (
        ("<a/>", "its root is not LifecycleConfiguration"),
        ("rules", "no XML document"),
        (RULES.replace("<Days>2</Days>", "<Days>1</Days>"), "InvalidArgument: Each transition"),
        (RULES.replace("old/", "tmp/").replace("<Tag>", "<Tg>").replace("</Tag>", "</Tg>"), "XML"),
    ):
        path.write_text(text)
        assert told in line.mistake("lifecycle", "photos", "--set", str(path))
    tag = "<Tag><Key>k</Key><Value>v</Value></Tag>"
    path.write_text(RULES.replace("old/", "tmp/").replace(tag, ""))
    told = line.mistake("lifecycle", "photos", "--set", str(path))
    assert "Overlap for same action type Expiration" in told
    line.done("lifecycle", "photos", "--set", str(path), "--allow-overlap")
    assert "there is no bucket" in line.mistake("lifecycle", "elsewhere")
    assert "there is no bucket" in line.mistake("lifecycle", "elsewhere", "--dry-run")
