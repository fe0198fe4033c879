"""A day of s3cmd, signing V4 as it does by itself, and V2."""

from __future__ import annotations

import re
import shutil
from hashlib import md5
from pathlib import Path

import pytest
import requests

from tests.clients.clients_page import write_example
from tests.clients.command_line import CommandLine, some_bytes
from tests.clients.s3_store import S3Store, new_s3_bucket_name

pytestmark = pytest.mark.skipif(
    shutil.which("s3cmd") is None, reason="s3cmd is not installed (make services, as root)"
)

#: A part of 5 MiB and a rest.
BIG = some_bytes(6 * 1024 * 1024)

both_signatures = pytest.mark.parametrize(
    "s3cmd", [(), ("--signature-v2",)], ids=["v4", "v2"], indirect=True
)

IN_PARTS = ("--multipart-chunk-size-mb=5", "--no-progress")

CORS = """<CORSConfiguration><CORSRule><AllowedOrigin>https://site.test</AllowedOrigin>
<AllowedMethod>POST</AllowedMethod></CORSRule></CORSConfiguration>"""


@pytest.fixture
def s3cmd(request: pytest.FixtureRequest, store: S3Store, tmp_path: Path) -> CommandLine:
    """s3cmd with the settings of our page, and the options that a test is parametrized with."""
    write_example("~/.s3cfg", store, tmp_path)
    return CommandLine(("s3cmd", *getattr(request, "param", ())), tmp_path)


@pytest.fixture
def url(s3cmd: CommandLine) -> str:
    """`s3://` and a bucket that `mb` made."""
    made = f"s3://{new_s3_bucket_name()}"
    assert s3cmd("mb", made) == f"Bucket '{made}/' created\n"
    return made


def listed(printed: str) -> list[tuple[str, str]]:
    """Size, or DIR, and URL of each line of `ls`."""
    return re.findall(r"^.* (\S+) +(s3://.*)$", printed, re.MULTILINE)


def anonymous(store: S3Store, url: str) -> requests.Response:
    return requests.get(f"{store.url}/{url.removeprefix('s3://')}", timeout=60)


@both_signatures
def test_objects(store: S3Store, s3cmd: CommandLine, url: str) -> None:
    (s3cmd.home / "a.txt").write_bytes(b"letter")
    name = f"{url}/docs/é a+b.txt"
    s3cmd(
        *("put", "a.txt", name, "--acl-public", "--mime-type=text/x-letter"),
        *("--add-header=Cache-Control:no-cache", "--add-header=x-amz-meta-author:Eric"),
    )
    assert listed(s3cmd("ls", url)) == [("DIR", f"{url}/docs/")]
    assert listed(s3cmd("ls", "-r", url)) == [("6", name)]
    assert ("DIR", f"{url}/docs/") in listed(s3cmd("la"))
    assert url in s3cmd("ls").split()
    assert s3cmd("du", url).split() == ["6", "1", "objects", f"{url}/"]

    told = s3cmd("info", name)
    for line in (
        "File size: 6",
        "MIME type: text/x-letter",
        "Storage:   STANDARD",
        f"MD5 sum:   {md5(b'letter').hexdigest()}",
        "x-amz-meta-author: Eric",
        "*anon*: READ",
    ):
        assert line in told
    assert anonymous(store, name).headers["Cache-Control"] == "no-cache"

    s3cmd("get", name, "b.txt")
    assert (s3cmd.home / "b.txt").read_bytes() == b"letter"
    s3cmd("modify", "--add-header=x-amz-meta-author:Anna", name)
    assert "x-amz-meta-author: Anna" in s3cmd("info", name)


def test_folders_in_step(s3cmd: CommandLine, url: str) -> None:
    site = s3cmd.home / "site"
    (site / "img").mkdir(parents=True)
    (site / "index.html").write_text("<p>1")
    (site / "img" / "red & blue.svg").write_text("<svg/>")
    assert s3cmd("sync", "site/", f"{url}/www/").count("upload: ") == 2
    assert "upload: " not in s3cmd("sync", "site/", f"{url}/www/")

    (site / "index.html").write_text("<p>second")
    (site / "img" / "red & blue.svg").unlink()
    changed = s3cmd("sync", "--delete-removed", "site/", f"{url}/www/")
    assert (changed.count("upload: "), changed.count("delete: ")) == (1, 1)
    assert listed(s3cmd("ls", "-r", url)) == [("9", f"{url}/www/index.html")]

    s3cmd("sync", f"{url}/www/", f"{url}/copy/")
    (s3cmd.home / "back").mkdir()
    s3cmd("sync", f"{url}/copy/", "back/")
    assert (s3cmd.home / "back" / "index.html").read_text() == "<p>second"


def test_a_large_file_in_parts(s3cmd: CommandLine, url: str) -> None:
    (s3cmd.home / "big.bin").write_bytes(BIG)
    s3cmd("put", "big.bin", f"{url}/big.bin", *IN_PARTS)
    s3cmd("cp", f"{url}/big.bin", f"{url}/copy.bin")
    s3cmd("mv", f"{url}/copy.bin", f"{url}/in/moved.bin")
    size = str(len(BIG))
    assert listed(s3cmd("ls", "-r", url)) == [
        (size, f"{url}/big.bin"),
        (size, f"{url}/in/moved.bin"),
    ]
    s3cmd("get", f"{url}/in/moved.bin", "back.bin", "--no-progress")
    assert (s3cmd.home / "back.bin").read_bytes() == BIG
    assert s3cmd("multipart", url).splitlines()[2:] == []


@both_signatures
def test_acl_urls_and_cors(store: S3Store, s3cmd: CommandLine, url: str) -> None:
    (s3cmd.home / "a.txt").write_bytes(b"letter")
    s3cmd("put", "a.txt", f"{url}/a.txt")
    assert anonymous(store, f"{url}/a.txt").status_code == 403
    assert "ACL set to Public" in s3cmd("setacl", "--acl-public", f"{url}/a.txt")
    assert anonymous(store, f"{url}/a.txt").content == b"letter"
    assert "ACL set to Private" in s3cmd("setacl", "--acl-private", f"{url}/a.txt")
    assert anonymous(store, f"{url}/a.txt").status_code == 403

    signed = s3cmd("signurl", f"{url}/a.txt", "+60").strip()
    assert requests.get(signed, timeout=60).content == b"letter"

    (s3cmd.home / "cors.xml").write_text(CORS)
    s3cmd("setcors", "cors.xml", url)
    assert "ACL set to Public" in s3cmd("setacl", "--acl-public", url)
    told = s3cmd("info", url)
    assert "<AllowedOrigin>https://site.test</AllowedOrigin>" in told
    assert re.search(r"Location: +us-east-1\n", told)
    assert "*anon*: READ" in told
    s3cmd("delcors", url)
    assert re.search(r"CORS: +none\n", s3cmd("info", url))


def test_removal_and_refusals(s3cmd: CommandLine, url: str) -> None:
    (s3cmd.home / "a.txt").write_bytes(b"letter")
    for key in ("a.txt", "in/b.txt", "in/c.txt"):
        s3cmd("put", "a.txt", f"{url}/{key}")
    assert "409 (BucketNotEmpty)" in s3cmd.refused("rb", url)
    assert s3cmd("del", f"{url}/a.txt") == f"delete: '{url}/a.txt'\n"
    assert "does not exist" in s3cmd.refused("get", f"{url}/a.txt")
    s3cmd("del", "--recursive", "--force", url)
    assert s3cmd("ls", "-r", url) == ""
    assert s3cmd("rb", url) == f"Bucket '{url}/' removed\n"
    assert "404 (NoSuchBucket)" in s3cmd.refused("ls", url)
    assert "403 (SignatureDoesNotMatch)" in s3cmd.refused("ls", "--secret_key=wrong")
    assert "403 (InvalidAccessKeyId)" in s3cmd.refused("ls", "--access_key=nobody")
