"""A day of the AWS CLI: `aws s3` as people use it, and some of `aws s3api`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clients.clients_page import write_example
from tests.clients.command_line import CommandLine, some_bytes
from tests.clients.s3_store import S3Store, new_s3_bucket_name

#: Over the 8 MiB from which the CLI sends, reads and copies in parts of 8 MiB.
BIG = some_bytes(9 * 1024 * 1024)


@pytest.fixture
def aws(store: S3Store, tmp_path: Path) -> CommandLine:
    """The CLI of this test run, with the settings of our page."""
    write_example("~/.aws/config", store, tmp_path)
    write_example("~/.aws/credentials", store, tmp_path)
    return CommandLine((sys.executable, "-m", "awscli"), tmp_path)


@pytest.fixture
def url(s3_bucket: str) -> str:
    """`s3://` and a new bucket. By boto3: it takes a fraction of a call of the CLI."""
    return f"s3://{s3_bucket}"


def api(aws: CommandLine, operation: str, url: str, *arguments: str | Path) -> Any:
    """What an operation answers, None for nothing."""
    printed = aws("s3api", operation, "--bucket", url.removeprefix("s3://"), *arguments)
    return json.loads(printed) if printed else None


def listed(printed: str) -> list[tuple[str, ...]]:
    """The lines of `ls` without their dates."""
    return [
        tuple(words if words[0] == "PRE" else words[2:])
        for words in (line.split() for line in printed.splitlines())
    ]


def test_files_there_and_back(aws: CommandLine, url: str) -> None:
    (aws.home / "a.txt").write_bytes(b"letter")
    (aws.home / "big.bin").write_bytes(BIG)
    aws(
        *("s3", "cp", "a.txt", f"{url}/docs/é a+b.txt", "--metadata", "author=Eric"),
        *("--content-type", "text/x-letter", "--cache-control", "no-cache"),
    )
    aws("s3", "cp", "big.bin", f"{url}/big.bin", "--no-progress")
    aws("s3", "cp", "-", f"{url}/docs/stream", send=b"from a pipe")

    assert listed(aws("s3", "ls", url)) == [("PRE", "docs/"), (str(len(BIG)), "big.bin")]
    everything = aws("s3", "ls", url, "--recursive", "--summarize", "--page-size", "1")
    assert [line.split(maxsplit=3)[3] for line in everything.splitlines()[:3]] == [
        "big.bin",
        "docs/stream",
        "docs/é a+b.txt",
    ]
    assert f"Total Size: {len(BIG) + 17}" in everything

    head = api(aws, "head-object", url, "--key", "docs/é a+b.txt")
    assert (head["ContentType"], head["CacheControl"]) == ("text/x-letter", "no-cache")
    assert (head["Metadata"], head["ContentLength"]) == ({"author": "Eric"}, 6)
    assert api(aws, "head-object", url, "--key", "big.bin")["ETag"].endswith('-2"')

    aws("s3", "cp", f"{url}/docs/é a+b.txt", "b.txt")
    aws("s3", "cp", f"{url}/big.bin", "back.bin", "--no-progress")
    assert (aws.home / "b.txt").read_bytes() == b"letter"
    assert (aws.home / "back.bin").read_bytes() == BIG
    assert aws.bytes_of("s3", "cp", f"{url}/docs/stream", "-") == b"from a pipe"


def test_folders_in_step(aws: CommandLine, url: str) -> None:
    site = aws.home / "site"
    (site / "img").mkdir(parents=True)
    (site / "index.html").write_text("<p>1")
    (site / "img" / "red & blue.svg").write_text("<svg/>")
    for path in site.rglob("*.*"):
        # What was written in the second of its upload seems newer than the object.
        os.utime(path, (0, 0))
    first = aws("s3", "sync", site, f"{url}/www", "--no-progress")
    assert first.count("upload: ") == 2
    assert aws("s3", "sync", site, f"{url}/www") == ""

    (site / "index.html").write_text("<p>second")
    (site / "img" / "red & blue.svg").unlink()
    changed = aws("s3", "sync", site, f"{url}/www", "--delete", "--no-progress")
    assert ("upload: " in changed, "delete: " in changed) == (True, True)

    aws("s3", "sync", f"{url}/www", "back")
    assert {path.name: path.read_text() for path in (aws.home / "back").rglob("*.*")} == {
        "index.html": "<p>second"
    }


def test_buckets_and_copies_in_the_store(aws: CommandLine) -> None:
    """`mv` of a big one copies it in parts, `UploadPartCopy`."""
    name = new_s3_bucket_name()
    url = f"s3://{name}"
    assert aws("s3", "mb", url) == f"make_bucket: {name}\n"
    assert name in aws("s3", "ls").split()
    (aws.home / "big.bin").write_bytes(BIG)
    aws("s3", "mv", "big.bin", f"{url}/big.bin", "--no-progress")
    assert not (aws.home / "big.bin").exists()
    aws("s3", "mv", f"{url}/big.bin", f"{url}/in/moved.bin", "--no-progress")
    (aws.home / "a.txt").write_bytes(b"letter")
    aws("s3", "cp", "a.txt", f"{url}/a.txt", "--metadata", "author=Eric")
    aws("s3", "cp", f"{url}/a.txt", f"{url}/b.txt")
    aws(
        *("s3", "cp", f"{url}/a.txt", f"{url}/c.txt"),
        *("--metadata-directive", "REPLACE", "--content-type", "text/x-letter"),
    )

    names = [key for _, key in listed(aws("s3", "ls", url, "--recursive"))]
    assert names == ["a.txt", "b.txt", "c.txt", "in/moved.bin"]
    assert aws.bytes_of("s3", "cp", f"{url}/in/moved.bin", "-") == BIG
    kept, replaced = (api(aws, "head-object", url, "--key", key) for key in ("b.txt", "c.txt"))
    assert kept["Metadata"] == {"author": "Eric"}
    assert (replaced["Metadata"], replaced["ContentType"]) == ({}, "text/x-letter")

    aws("s3", "rm", f"{url}/a.txt")
    assert aws("s3", "rm", url, "--recursive", "--exclude", "c.txt").count("delete: ") == 2
    assert "BucketNotEmpty" in aws.refused("s3", "rb", url)
    aws("s3", "rb", url, "--force")
    assert "(NoSuchBucket)" in aws.refused("s3", "ls", url)


def test_operations_one_by_one(aws: CommandLine, url: str) -> None:
    (aws.home / "a.txt").write_bytes(b"0123456789")
    put = api(
        *(aws, "put-object", url, "--key", "in/a.txt", "--body", "a.txt"),
        *("--checksum-algorithm", "SHA256", "--tagging", "colour=red&size=a%2Fb"),
    )
    assert put["ETag"] == '"781e5e245d69b566979b86e28d23f2c7"'
    assert put["ChecksumSHA256"] == "hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII="

    got = api(
        *(aws, "get-object", url, "--key", "in/a.txt"),
        *("--range", "bytes=2-4", "--checksum-mode", "ENABLED", "part"),
    )
    assert (aws.home / "part").read_bytes() == b"234"
    assert (got["ContentRange"], got["TagCount"]) == ("bytes 2-4/10", 2)
    tags = api(aws, "get-object-tagging", url, "--key", "in/a.txt")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"colour": "red", "size": "a/b"}

    page = api(aws, "list-objects-v2", url, "--delimiter", "/")
    assert page["CommonPrefixes"] == [{"Prefix": "in/"}]
    (one,) = api(aws, "list-objects-v2", url)["Contents"]
    assert (one["Key"], one["Size"], one["StorageClass"]) == ("in/a.txt", 10, "STANDARD")
    age = datetime.now(UTC) - datetime.fromisoformat(one["LastModified"])
    assert abs(age.total_seconds()) < 3600

    rules = {"CORSRules": [{"AllowedMethods": ["POST"], "AllowedOrigins": ["https://site.test"]}]}
    api(aws, "put-bucket-cors", url, "--cors-configuration", json.dumps(rules))
    assert api(aws, "get-bucket-cors", url) == rules
    assert api(aws, "get-bucket-location", url) == {"LocationConstraint": None}

    presigned = aws("s3", "presign", f"{url}/in/a.txt", "--expires-in", "60").strip()
    assert requests.get(presigned, timeout=60).content == b"0123456789"
    assert requests.get(presigned.partition("?")[0], timeout=60).status_code == 403
    with (aws.home / ".aws" / "config").open("a") as config:
        config.write("s3 =\n    signature_version = s3v4\n")
    presigned = aws("s3", "presign", f"{url}/in/a.txt").strip()
    assert "X-Amz-Signature=" in presigned
    assert requests.get(presigned, timeout=60).content == b"0123456789"

    doomed = {"Objects": [{"Key": "in/a.txt"}, {"Key": "nothing"}]}
    answer = api(aws, "delete-objects", url, "--delete", json.dumps(doomed))
    assert {one["Key"] for one in answer["Deleted"]} == {"in/a.txt", "nothing"}


def test_refusals(store: S3Store, aws: CommandLine, url: str) -> None:
    assert "(404)" in aws.refused("s3", "cp", f"{url}/nothing", ".")
    assert "(NoSuchKey)" in aws.refused(
        *("s3api", "get-object-tagging", "--key", "nothing"),
        *("--bucket", url.removeprefix("s3://")),
    )
    for key_id, code in (
        (store.key.access_key_id, "SignatureDoesNotMatch"),
        ("nobody", "InvalidAccessKeyId"),
    ):
        wrong = {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": "wrong"}
        assert f"({code})" in replace(aws, environment=wrong).refused("s3", "ls", url)
