"""Objects that grow, and symbolic links, as each SDK of OSS makes and reads them."""

from __future__ import annotations

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from oss2 import exceptions

from tests.clients.ali_oss import AliOss, bytes_of, needs_ali_oss
from tests.clients.test_ali_oss import ali
from tests.clients.test_oss_v2 import Client, client, refusal_of

__all__ = ["ali", "client"]

KEY = "目录/a b+%é.log"
LARGE = bytes(range(256)) * 1000


# --- oss2 -----------------------------------------------------------------------------------------


def test_oss2_appends(bucket: oss2.Bucket) -> None:
    headers = {"x-oss-meta-a": "1", "Content-Type": "text/plain"}
    crc = position = 0
    for more in (b"one\n", LARGE, b"two\n"):
        added = bucket.append_object(KEY, position, more, headers=headers, init_crc=crc)
        position += len(more)
        assert added.next_position == position
        crc = added.crc
    read = bucket.get_object(KEY)
    assert read.read() == b"one\n" + LARGE + b"two\n"
    assert (read.server_crc, read.client_crc) == (crc, crc)
    assert (read.object_type, read.headers["x-oss-meta-a"]) == ("Appendable", "1")
    assert read.headers["x-oss-next-append-position"] == str(position)
    (listed,) = oss2.ObjectIterator(bucket)
    assert (listed.key, listed.size, listed.type) == (KEY, position, "Appendable")
    assert listed.etag == read.etag


def test_oss2_raises_for_an_append_what_it_raises_for_oss(bucket: oss2.Bucket) -> None:
    bucket.append_object("log", 0, b"12")
    with pytest.raises(exceptions.PositionNotEqualToLength) as wrong:
        bucket.append_object("log", 1, b"3")
    assert wrong.value.next_position == 2
    bucket.put_object("a", b"12")
    with pytest.raises(exceptions.ObjectNotAppendable):
        bucket.append_object("a", 2, b"3")


def test_oss2_makes_and_reads_links(bucket: oss2.Bucket) -> None:
    bucket.put_object(KEY, b"content")
    bucket.put_symlink(KEY, "link", headers={"x-oss-object-acl": "public-read"})
    assert bucket.get_symlink("link").target_key == KEY
    read = bucket.get_object("link")
    assert (read.read(), read.object_type) == (b"content", "Symlink")
    assert read.server_crc == read.client_crc
    assert bucket.get_object_acl("link").acl == "public-read"
    assert {o.key: (o.type, o.size) for o in oss2.ObjectIterator(bucket)} == {
        KEY: ("Normal", 7),
        "link": ("Symlink", 0),
    }
    bucket.delete_object(KEY)
    with pytest.raises(exceptions.ServerError) as lost:
        bucket.get_object("link")
    assert (lost.value.status, lost.value.code) == (404, "SymlinkTargetNotExist")
    assert bucket.object_exists("link")
    bucket.put_object(KEY, b"again")
    with pytest.raises(exceptions.ServerError) as no_link:
        bucket.get_symlink(KEY)
    assert (no_link.value.status, no_link.value.code) == (400, "NotSymlink")
    with pytest.raises(exceptions.NoSuchKey):
        bucket.get_symlink("none")


def test_oss2_resumes_the_download_of_what_grows(bucket: oss2.Bucket, tmp_path: object) -> None:
    bucket.append_object("log", 0, LARGE)
    bucket.append_object("log", len(LARGE), LARGE)
    place = f"{tmp_path}/log"
    oss2.resumable_download(bucket, "log", place, multiget_threshold=1, part_size=100_000)
    with open(place, "rb") as file:
        assert file.read() == LARGE * 2


# --- alibabacloud-oss-v2 --------------------------------------------------------------------------


def test_oss_v2_appends(client: Client, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    first = client.append_object(
        oss.AppendObjectRequest(
            bucket=name,
            key=KEY,
            position=0,
            body=b"one",
            metadata={"a": "1"},
            acl="public-read",
            forbid_overwrite=True,
        )
    )
    second = client.append_object(
        oss.AppendObjectRequest(bucket=name, key=KEY, position=first.next_position, body=LARGE)
    )
    assert (first.next_position, second.next_position) == (3, 3 + len(LARGE))
    read = client.get_object(oss.GetObjectRequest(bucket=name, key=KEY))
    assert read.body.content == b"one" + LARGE
    assert (read.object_type, read.metadata, read.next_append_position) == (
        "Appendable",
        {"a": "1"},
        3 + len(LARGE),
    )
    assert read.hash_crc64 == second.hash_crc64
    request = oss.AppendObjectRequest(bucket=name, key=KEY, position=0, body=b"x")
    wrong = refusal_of(lambda: client.append_object(request))
    assert (wrong.status_code, wrong.code) == (409, "PositionNotEqualToLength")


def test_oss_v2_writes_a_file_that_only_grows(client: Client, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    for text in (b"first", b"second", LARGE):
        with client.append_file(bucket=name, key="log") as file:
            file.write(text)
            file.write(b"\n")
    content = client.get_object(oss.GetObjectRequest(bucket=name, key="log")).body.content
    assert content == b"first\nsecond\n" + LARGE + b"\n"


def test_oss_v2_makes_and_reads_links(client: Client, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    bucket.put_object("dir/a", b"content")
    client.put_symlink(
        oss.PutSymlinkRequest(
            bucket=name, key="link", symlink_target="dir/a", metadata={"a": "1"}, storage_class="IA"
        )
    )
    told = client.get_symlink(oss.GetSymlinkRequest(bucket=name, key="link"))
    assert told.target == "dir/a"
    read = client.get_object(oss.GetObjectRequest(bucket=name, key="link"))
    assert (read.body.content, read.object_type, read.metadata) == (
        b"content",
        "Symlink",
        {"a": "1"},
    )
    request = oss.GetSymlinkRequest(bucket=name, key="dir/a")
    assert refusal_of(lambda: client.get_symlink(request)).code == "NotSymlink"


# --- ali-oss --------------------------------------------------------------------------------------


@needs_ali_oss
def test_ali_oss_appends_and_links(ali: AliOss, bucket: oss2.Bucket) -> None:
    first, second, got, made, told, through, wrong = ali.run(
        ("append", KEY, b"one", {"mime": "text/plain"}),
        ("append", KEY, b"two", {"position": "3"}),
        ("get", KEY),
        ("putSymlink", "link", KEY, {"storageClass": "IA", "meta": {"a": "1"}}),
        ("getSymlink", "link"),
        ("get", "link"),
        ("append", KEY, b"three", {"position": "5"}),
    )
    assert (first["nextAppendPosition"], second["nextAppendPosition"]) == ("3", "6")
    assert bytes_of(got["content"]) == b"onetwo"
    assert made["res"]["status"] == 200
    assert told["targetName"] == KEY
    assert bytes_of(through["content"]) == b"onetwo"
    assert through["res"]["headers"]["x-oss-meta-a"] == "1"
    assert (wrong["status"], wrong["code"]) == (409, "PositionNotEqualToLength")
