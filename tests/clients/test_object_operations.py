"""Copies, tags and the deletion of many objects, as each SDK asks for them."""

from __future__ import annotations

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from oss2 import exceptions, models

from tests.clients.ali_oss import AliOss, needs_ali_oss
from tests.clients.test_ali_oss import ali
from tests.clients.test_oss_v2 import Client, client, refusal_of

__all__ = ["ali", "client"]

#: Keys that URLs, headers or XML have trouble with.
AWKWARD = ["目录/a b+%é.txt", "a&b<c>?d=e#f", "tab\there", "\x01\x1f", "cr\rlf\n", "%2F"]
LARGE = bytes(range(256)) * 1000


def keys_of(bucket: oss2.Bucket) -> list[str]:
    return [entry.key for entry in oss2.ObjectIterator(bucket)]


# --- oss2 -----------------------------------------------------------------------------------------


def test_oss2_deletes_many(bucket: oss2.Bucket) -> None:
    for key in [*AWKWARD, "stays"]:
        bucket.put_object(key, b"x")
    deleted = bucket.batch_delete_objects([*AWKWARD, "none"])
    assert deleted.deleted_keys == [*AWKWARD, "none"]
    assert keys_of(bucket) == ["stays"]


def test_oss2_deletes_a_thousand(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"x")
    with pytest.raises(exceptions.MalformedXml):
        bucket.batch_delete_objects([f"key-{n}" for n in range(1000)] + ["a"])
    assert keys_of(bucket) == ["a"]
    keys = [f"key-{n}" for n in range(999)] + ["a"]
    assert bucket.batch_delete_objects(keys).deleted_keys == keys
    assert keys_of(bucket) == []


def test_oss2_names_no_version_that_was_never_called_so(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"x")
    versions = models.BatchDeleteObjectVersionList([models.BatchDeleteObjectVersion("a", "v")])
    with pytest.raises(exceptions.ServerError) as refused:
        bucket.delete_object_versions(versions)
    assert (refused.value.status, refused.value.code) == (400, "InvalidArgument")
    assert keys_of(bucket) == ["a"]


def test_oss2_copies(bucket: oss2.Bucket) -> None:
    for key in AWKWARD:
        bucket.put_object(key, LARGE, headers={"x-oss-meta-a": "1", "Content-Type": "text/plain"})
        copied = bucket.copy_object(bucket.bucket_name, key, "copy")
        head = bucket.head_object("copy")
        assert copied.etag == head.etag == bucket.head_object(key).etag
        assert (head.headers["x-oss-meta-a"], head.content_type) == ("1", "text/plain")
        assert bucket.get_object("copy").read() == LARGE


def test_a_copy_of_an_object_of_parts_outlives_it(bucket: oss2.Bucket, client: Client) -> None:
    part = LARGE[:102_400]
    upload_id = bucket.init_multipart_upload("a", headers={"x-oss-meta-a": "1"}).upload_id
    parts = []
    for number, content in ((2, part), (7, part[::-1]), (9, b"end")):
        sent = bucket.upload_part("a", upload_id, number, content)
        parts.append(models.PartInfo(number, sent.etag))
    done = bucket.complete_multipart_upload("a", upload_id, parts)
    whole = part + part[::-1] + b"end"
    name = bucket.bucket_name
    source = bucket.head_object("a")

    assert bucket.copy_object(name, "a", "copy").etag == done.etag
    bucket.put_object("a", b"another")
    bucket.delete_object("a")

    head = bucket.head_object("copy")
    for header in ("ETag", "x-oss-hash-crc64ecma", "x-oss-object-type", "x-oss-meta-a"):
        assert head.headers[header] == source.headers[header], header
    assert bucket.get_object("copy").read() == whole
    across = bucket.get_object("copy", byte_range=(102_398, 204_801))
    assert across.read() == whole[102_398:204_802]
    copied = client.copy_object(
        oss.CopyObjectRequest(bucket=name, key="again", source_key="copy", source_bucket=name)
    )
    assert copied.etag == f'"{done.etag}"'
    bucket.delete_object("copy")
    assert client.get_object(oss.GetObjectRequest(bucket=name, key="again")).body.read() == whole
    assert bucket.get_bucket_stat().storage_size_in_bytes == len(whole)


def test_oss2_raises_for_a_copy_what_it_raises_for_oss(bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    etag = bucket.put_object("a", b"x").etag
    with pytest.raises(exceptions.NoSuchKey):
        bucket.copy_object(name, "none", "b")
    with pytest.raises(exceptions.NoSuchBucket):
        bucket.copy_object("not-there", "a", "b")
    with pytest.raises(exceptions.PreconditionFailed) as failed:
        bucket.copy_object(name, "a", "b", headers={"x-oss-copy-source-if-match": "other"})
    assert failed.value.details["Condition"] == "x-oss-copy-source-if-match"
    with pytest.raises(exceptions.NotModified):
        bucket.copy_object(name, "a", "b", headers={"x-oss-copy-source-if-none-match": etag})
    with pytest.raises(exceptions.ServerError) as version:
        bucket.copy_object(name, "a", "b", params={"versionId": "0" * 32})
    assert version.value.code == "NoSuchVersion"
    assert keys_of(bucket) == ["a"]


@pytest.mark.parametrize("content", [b"small", LARGE], ids=["small", "large"])
def test_oss2_updates_metadata(bucket: oss2.Bucket, content: bytes) -> None:
    bucket.put_object("a", content, headers={"x-oss-meta-old": "1"})
    bucket.update_object_meta("a", {"x-oss-meta-new": "2", "Content-Type": "text/plain"})
    head = bucket.head_object("a")
    assert "x-oss-meta-old" not in head.headers
    assert (head.headers["x-oss-meta-new"], head.content_type) == ("2", "text/plain")
    assert bucket.get_object("a").read() == content


def test_oss2_tags_objects(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"x")
    assert bucket.get_object_tagging("a").tag_set.tagging_rule == {}
    rule = models.TaggingRule()
    rule.add("key one", "v+-=._:/")
    rule.add("empty", "")
    bucket.put_object_tagging("a", models.Tagging(rule))
    assert bucket.get_object_tagging("a").tag_set.tagging_rule == {
        "key one": "v+-=._:/",
        "empty": "",
    }
    assert bucket.head_object("a").headers["x-oss-tagging-count"] == "2"
    bucket.copy_object(bucket.bucket_name, "a", "b")
    assert bucket.get_object_tagging("b").tag_set.tagging_rule.keys() == {"key one", "empty"}
    bucket.delete_object_tagging("a")
    assert bucket.get_object_tagging("a").tag_set.tagging_rule == {}
    with pytest.raises(exceptions.NoSuchKey):
        bucket.get_object_tagging("none")


# --- alibabacloud-oss-v2 --------------------------------------------------------------------------


def test_oss_v2_deletes_many(client: Client, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    for key in [*AWKWARD, "quiet", "stays"]:
        bucket.put_object(key, b"x")
    objects = [oss.DeleteObject(key=key) for key in [*AWKWARD, "none"]]
    result = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(bucket=name, objects=objects)
    )
    assert [deleted.key for deleted in result.deleted_objects] == [*AWKWARD, "none"]
    quiet = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(
            bucket=name, objects=[oss.DeleteObject(key="quiet")], quiet=True
        )
    )
    assert (quiet.status_code, quiet.deleted_objects) == (200, None)
    assert keys_of(bucket) == ["stays"]


def test_oss_v2_copies(client: Client, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    for key in AWKWARD:
        bucket.put_object(key, LARGE, headers={"x-oss-meta-a": "1"})
        result = client.copy_object(
            oss.CopyObjectRequest(bucket=name, key="copy", source_bucket=name, source_key=key)
        )
        assert result.etag == f'"{bucket.head_object(key).etag}"'
        assert result.last_modified is not None
        head = client.head_object(oss.HeadObjectRequest(bucket=name, key="copy"))
        assert (head.etag, head.metadata) == (result.etag, {"a": "1"})
    missing = oss.CopyObjectRequest(bucket=name, key="b", source_key="none")
    assert refusal_of(lambda: client.copy_object(missing)).code == "NoSuchKey"
    refused = oss.CopyObjectRequest(bucket=name, key="b", source_key="%2F", if_match='"other"')
    assert refusal_of(lambda: client.copy_object(refused)).code == "PreconditionFailed"


def test_oss_v2_copies_by_its_copier(client: Client, bucket: oss2.Bucket) -> None:
    bucket.put_object("a", LARGE, headers={"x-oss-meta-a": "1"})
    request = oss.CopyObjectRequest(bucket=bucket.bucket_name, key="b", source_key="a")
    client.copier().copy(request)
    read = bucket.get_object("b")
    assert (read.read(), read.headers["x-oss-meta-a"]) == (LARGE, "1")


def test_oss_v2_tags_objects(client: Client, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    bucket.put_object("a", b"x")
    tagging = oss.Tagging(
        tag_set=oss.TagSet(tags=[oss.Tag(key="k 1", value="v"), oss.Tag("m", "")])
    )
    client.put_object_tagging(oss.PutObjectTaggingRequest(bucket=name, key="a", tagging=tagging))
    told = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=name, key="a"))
    assert [(tag.key, tag.value or "") for tag in told.tag_set.tags] == [("k 1", "v"), ("m", "")]
    removed = client.delete_object_tagging(oss.DeleteObjectTaggingRequest(bucket=name, key="a"))
    assert removed.status_code == 204
    told = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=name, key="a"))
    assert not told.tag_set.tags


# --- ali-oss --------------------------------------------------------------------------------------


class TestAliOss:
    pytestmark = needs_ali_oss

    def test_deletes_many(self, ali: AliOss, bucket: oss2.Bucket) -> None:
        for key in ["目录/a b+%é.txt", "a&b<c>?d=e#f", "quiet", "stays"]:
            bucket.put_object(key, b"x")
        told, quiet = ali.run(
            ("deleteMulti", ["目录/a b+%é.txt", "a&b<c>?d=e#f", "none"]),
            ("deleteMulti", ["quiet"], {"quiet": True}),
        )
        assert [entry["Key"] for entry in told["deleted"]] == [
            "目录/a b+%é.txt",
            "a&b<c>?d=e#f",
            "none",
        ]
        assert (quiet["deleted"], quiet["res"]["status"]) == ([], 200)
        assert keys_of(bucket) == ["stays"]

    def test_copies(self, ali: AliOss, bucket: oss2.Bucket) -> None:
        etag = bucket.put_object("目录/a b+%é.txt", LARGE, headers={"x-oss-meta-a": "1"}).etag
        copied, replaced, unchanged, failed, missing = ali.run(
            ("copy", "copy", "目录/a b+%é.txt"),
            ("copy", "other", "目录/a b+%é.txt", {"meta": {"b": "2"}}),
            ("copy", "not-made", "copy", {"headers": {"If-None-Match": f'"{etag}"'}}),
            ("copy", "not-made", "copy", {"headers": {"If-Match": '"other"'}}),
            ("copy", "not-made", "none"),
        )
        assert copied["data"]["etag"] == f'"{etag}"'
        assert replaced["res"]["status"] == 200
        assert unchanged["res"]["status"] == 304
        assert (failed["code"], failed["status"]) == ("PreconditionFailed", 412)
        assert (missing["code"], missing["status"]) == ("NoSuchKey", 404)
        assert bucket.head_object("copy").headers["x-oss-meta-a"] == "1"
        head = bucket.head_object("other").headers
        assert ("x-oss-meta-a" in head, head["x-oss-meta-b"]) == (False, "2")
        assert keys_of(bucket) == ["copy", "other", "目录/a b+%é.txt"]

    def test_tags_objects(self, ali: AliOss, bucket: oss2.Bucket) -> None:
        bucket.put_object("a", b"x")
        none, put, told, removed, again = ali.run(
            ("getObjectTagging", "a"),
            ("putObjectTagging", "a", {"k 1": "v", "m": "2"}),
            ("getObjectTagging", "a"),
            ("deleteObjectTagging", "a"),
            ("getObjectTagging", "a"),
        )
        assert (none["tag"], put["status"], told["tag"]) == ({}, 200, {"k 1": "v", "m": "2"})
        assert (removed["status"], again["tag"]) == (204, {})
