"""A day of rclone, in both ways of our page: path style, and with its defaults for AWS.

The latter are virtual-hosted addresses, paged by V2. No name server knows `BUCKET.localhost`, so
these requests go to the store as to a proxy: their Host is what it would be.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clients.clients_page import write_example
from tests.clients.command_line import CommandLine, some_bytes
from tests.clients.s3_store import S3Store, new_s3_bucket_name

pytestmark = pytest.mark.skipif(
    shutil.which("rclone") is None, reason="rclone is not installed (make services, as root)"
)

#: A part of 5 MiB and a rest.
BIG = some_bytes(6 * 1024 * 1024)

SETTINGS = "~/.config/rclone/rclone.conf"

both_ways = pytest.mark.parametrize("bucket", ["pillarbox", "by-host"], indirect=True)

IN_PARTS = ("--s3-upload-cutoff=5M", "--s3-chunk-size=5M", "--s3-copy-cutoff=5M")


@pytest.fixture
def rclone(store: S3Store, tmp_path: Path) -> CommandLine:
    """rclone with the settings of our page; it tries once."""
    write_example(SETTINGS, store, tmp_path)
    once = ("--retries=1", "--low-level-retries=1")
    return CommandLine(("rclone", *once, *IN_PARTS), tmp_path, {"http_proxy": store.url})


@pytest.fixture
def bucket(request: pytest.FixtureRequest, rclone: CommandLine) -> Iterator[str]:
    """A bucket that rclone made and purges, with the name of its store."""
    remote, name = getattr(request, "param", "pillarbox"), new_s3_bucket_name()
    rclone("mkdir", f"{remote}:{name}")
    assert name in rclone("lsf", f"{remote}:").split("/\n")
    yield f"{remote}:{name}"
    rclone("purge", f"{remote}:{name}")
    assert name not in rclone("lsf", f"{remote}:").split("/\n")


@pytest.fixture
def folder(rclone: CommandLine) -> Path:
    """With a small file and one over the cutoff, in a folder of its own."""
    made = rclone.home / "folder"
    (made / "sub").mkdir(parents=True)
    (made / "é a+b.txt").write_bytes(b"letter")
    (made / "sub" / "big.bin").write_bytes(BIG)
    return made


def entries(rclone: CommandLine, place: str) -> dict[str, Any]:
    """What `lsjson` tells of each object, by path."""
    told = json.loads(rclone("lsjson", "--recursive", "--files-only", "--hash", place))
    return {entry["Path"]: entry for entry in told}


@both_ways
def test_copies_and_reads(rclone: CommandLine, bucket: str, folder: Path) -> None:
    rclone("copy", folder, f"{bucket}/in")
    assert {line.strip() for line in rclone("ls", bucket).splitlines()} == {
        f"{len(BIG)} in/sub/big.bin",
        "6 in/é a+b.txt",
    }
    assert rclone("lsf", f"{bucket}/in").splitlines() == ["sub/", "é a+b.txt"]
    paged = rclone("lsf", "--recursive", "--files-only", "--s3-list-chunk=1", bucket)
    assert set(paged.splitlines()) == {"in/sub/big.bin", "in/é a+b.txt"}
    assert rclone("cat", f"{bucket}/in/é a+b.txt") == "letter"
    assert rclone("cat", "--offset=2", "--count=3", f"{bucket}/in/é a+b.txt") == "tte"
    rclone("check", folder, f"{bucket}/in")
    rclone("check", "--download", folder, f"{bucket}/in")

    found = entries(rclone, f"{bucket}/in")
    small, big = found["é a+b.txt"], found["sub/big.bin"]
    assert small["Hashes"]["md5"] == md5(b"letter").hexdigest()
    assert big["Hashes"]["md5"] == md5(BIG).hexdigest()  # sent along, for the ETag isn't it
    assert (small["MimeType"], small["Tier"]) == ("text/plain; charset=utf-8", "STANDARD")

    rclone("copy", f"{bucket}/in", "back")
    back = rclone.home / "back"
    assert (back / "sub" / "big.bin").read_bytes() == BIG
    kept = (back / "é a+b.txt").stat().st_mtime_ns
    assert kept == (folder / "é a+b.txt").stat().st_mtime_ns


def test_folders_in_step(rclone: CommandLine, bucket: str, folder: Path) -> None:
    rclone("sync", folder, bucket)
    before = entries(rclone, bucket)
    rclone("sync", folder, bucket)
    assert entries(rclone, bucket) == before

    (folder / "é a+b.txt").write_bytes(b"another letter")
    (folder / "sub" / "big.bin").unlink()
    rclone("sync", folder, bucket)
    assert {path: entry["Size"] for path, entry in entries(rclone, bucket).items()} == {
        "é a+b.txt": 14
    }
    assert re.search(r"Total objects: 1 .*\nTotal size: 14 B", rclone("size", bucket))


@both_ways
def test_copies_in_the_store(rclone: CommandLine, bucket: str, folder: Path) -> None:
    """The big one is copied in parts; `touch` copies an object onto itself."""
    rclone("copy", folder, bucket)
    rclone("copyto", f"{bucket}/sub/big.bin", f"{bucket}/copy.bin")
    rclone("moveto", f"{bucket}/copy.bin", f"{bucket}/in/moved.bin")
    rclone("moveto", f"{bucket}/é a+b.txt", f"{bucket}/in/moved & more.txt")
    assert sorted(entries(rclone, bucket)) == [
        "in/moved & more.txt",
        "in/moved.bin",
        "sub/big.bin",
    ]
    assert rclone.bytes_of("cat", f"{bucket}/in/moved.bin") == BIG

    rclone("touch", "--timestamp=2020-02-03T04:05:06", f"{bucket}/in/moved & more.txt")
    touched = entries(rclone, bucket)["in/moved & more.txt"]
    assert touched["ModTime"].startswith("2020-02-03T04:05:06")
    assert rclone("cat", f"{bucket}/in/moved & more.txt") == "letter"

    rclone("deletefile", f"{bucket}/in/moved.bin")
    rclone("delete", f"{bucket}/sub")
    assert list(entries(rclone, bucket)) == ["in/moved & more.txt"]


@both_ways
def test_pipes_links_and_what_is_unfinished(
    store: S3Store, rclone: CommandLine, bucket: str
) -> None:
    rclone("rcat", f"{bucket}/small", send=b"letter")
    rclone("rcat", f"{bucket}/big", send=BIG)
    assert rclone.bytes_of("cat", f"{bucket}/big") == BIG
    link = rclone("link", "--expire=1m", f"{bucket}/small").strip()
    assert requests.get(link, proxies={"http": store.url}, timeout=60).content == b"letter"
    told = json.loads(rclone("backend", "list-multipart-uploads", bucket))
    assert told == {bucket.partition(":")[2]: []}
    rclone("cleanup", bucket)


def test_refusals(rclone: CommandLine, bucket: str) -> None:
    assert "not found" in rclone.refused("lsf", f"{bucket}-nobody-made-it")
    assert "doesn't exist" in rclone.refused("deletefile", f"{bucket}/nothing")
    rclone("rcat", f"{bucket}/a", send=b"letter")
    assert "BucketNotEmpty" in rclone.refused("rmdir", bucket)
    name = bucket.partition(":")[0]
    assert "SignatureDoesNotMatch" in rclone.refused("lsf", f"{name},secret_access_key=wrong:")
    assert "InvalidAccessKeyId" in rclone.refused("lsf", f"{name},access_key_id=nobody:")
