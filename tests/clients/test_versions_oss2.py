"""A day with versions by oss2: kept, listed, read, brought back and deleted for good."""

from __future__ import annotations

from typing import Any

import oss2
import pytest
import requests
from oss2 import exceptions, models

from tests.server_process import ServerProcess

LARGE = b"large " * 20_000


@pytest.fixture
def kept(bucket: oss2.Bucket) -> oss2.Bucket:
    """A bucket that keeps versions."""
    assert bucket.get_bucket_versioning().status is None
    bucket.put_bucket_versioning(models.BucketVersioningConfig("Enabled"))
    assert bucket.get_bucket_versioning().status == "Enabled"
    return bucket


def of(version_id: str) -> dict[str, str]:
    return {"versionId": version_id}


def versions(bucket: oss2.Bucket, **asked: Any) -> list[tuple[str, str, bool]]:
    """Key, id and whether it is the latest, of all versions, then of all delete markers."""
    page = bucket.list_object_versions(**asked)
    assert not page.is_truncated
    return [(v.key, v.versionid, v.is_latest) for v in page.versions] + [
        (m.key, m.versionid, m.is_latest) for m in page.delete_marker
    ]


def test_reads_each_version(kept: oss2.Bucket) -> None:
    ids = [kept.put_object("a", text).versionid for text in (b"1", LARGE)]
    assert len(set(ids)) == 2
    assert kept.get_object("a").read() == LARGE
    for version_id, text in zip(ids, (b"1", LARGE), strict=True):
        read = kept.get_object("a", params=of(version_id))
        assert (read.read(), read.versionid) == (text, version_id)
        head = kept.head_object("a", params=of(version_id))
        assert (head.content_length, head.versionid) == (len(text), version_id)
        meta = kept.get_object_meta("a", params=of(version_id))
        assert (meta.content_length, meta.versionid) == (len(text), version_id)
    assert versions(kept) == [("a", ids[1], True), ("a", ids[0], False)]
    with pytest.raises(exceptions.ServerError) as missing:
        kept.get_object("a", params=of("0" * 32))
    assert (missing.value.status, missing.value.code) == (404, "NoSuchVersion")


def test_deletes_and_brings_back(kept: oss2.Bucket) -> None:
    stored = kept.put_object("a", b"1").versionid
    gone = kept.delete_object("a")
    assert (gone.delete_marker, gone.versionid != stored) == (True, True)
    with pytest.raises(exceptions.NoSuchKey) as missing:
        kept.get_object("a")
    assert missing.value.headers["x-oss-delete-marker"] == "true"
    assert missing.value.headers["x-oss-version-id"] == gone.versionid
    with pytest.raises(exceptions.ServerError) as refused:
        kept.get_object("a", params=of(gone.versionid))
    assert (refused.value.status, refused.value.code) == (405, "MethodNotAllowed")
    assert refused.value.headers["Allow"] == "DELETE"
    assert not kept.object_exists("a")
    with pytest.raises(exceptions.ServerError) as refused:
        kept.put_object_acl("a", oss2.OBJECT_ACL_PRIVATE, params=of(gone.versionid))
    assert (refused.value.status, refused.value.headers["Allow"]) == (405, "DELETE")
    back = kept.delete_object("a", params=of(gone.versionid))
    assert (back.delete_marker, back.versionid) == (True, gone.versionid)
    assert kept.get_object("a").read() == b"1"
    for_good = kept.delete_object("a", params=of(stored))
    assert (for_good.delete_marker, for_good.versionid) == (None, stored)
    assert versions(kept) == []


def test_deletes_many_versions(kept: oss2.Bucket) -> None:
    ids = {key: kept.put_object(key, b"x").versionid for key in ("a", "b")}
    marked = kept.batch_delete_objects(["a"]).delete_versions
    assert [(one.key, one.delete_marker) for one in marked] == [("a", True)]
    listed = models.BatchDeleteObjectVersionList()
    for key, version_id in (*ids.items(), ("a", marked[0].delete_marker_versionid)):
        listed.append(models.BatchDeleteObjectVersion(key, version_id))
    done = kept.delete_object_versions(listed).delete_versions
    assert [(one.key, one.versionid) for one in done] == [
        *ids.items(),
        ("a", marked[0].delete_marker_versionid),
    ]
    assert versions(kept) == []
    kept.delete_bucket()


def test_copies_a_former_version(kept: oss2.Bucket) -> None:
    name = kept.bucket_name
    old = kept.put_object("a", LARGE, headers={"x-oss-meta-a": "1"}).versionid
    kept.put_object("a", b"new")
    copied = kept.copy_object(name, "a", "a", params=of(old))
    assert copied.headers["x-oss-copy-source-version-id"] == old
    assert copied.versionid not in (old, None)
    read = kept.get_object("a")
    assert (read.read(), read.headers["x-oss-meta-a"]) == (LARGE, "1")
    upload = kept.init_multipart_upload("b").upload_id
    part = kept.upload_part_copy(name, "a", (0, 4), "b", upload, 1, headers=None, params=of(old))
    done = kept.complete_multipart_upload("b", upload, [models.PartInfo(1, part.etag)])
    assert done.versionid is not None
    assert kept.get_object("b", params=of(done.versionid)).read() == LARGE[:5]


def test_acl_and_tags_of_a_version(kept: oss2.Bucket) -> None:
    old = kept.put_object("a", b"1").versionid
    kept.put_object("a", b"2")
    kept.put_object_acl("a", oss2.OBJECT_ACL_PUBLIC_READ, params=of(old))
    assert kept.get_object_acl("a", params=of(old)).acl == oss2.OBJECT_ACL_PUBLIC_READ
    assert kept.get_object_acl("a").acl == oss2.OBJECT_ACL_DEFAULT
    rule = models.TaggingRule()
    rule.add("team", "web")
    told = kept.put_object_tagging("a", models.Tagging(rule), params=of(old))
    assert told.headers["x-oss-version-id"] == old
    assert kept.get_object_tagging("a", params=of(old)).tag_set.tagging_rule == {"team": "web"}
    assert kept.get_object_tagging("a").tag_set.tagging_rule == {}
    kept.delete_object_tagging("a", params=of(old))
    assert kept.get_object_tagging("a", params=of(old)).tag_set.tagging_rule == {}


def test_suspended(kept: oss2.Bucket) -> None:
    old = kept.put_object("a", b"1").versionid
    kept.put_bucket_versioning(models.BucketVersioningConfig("Suspended"))
    assert kept.put_object("a", b"2").versionid == "null"
    assert kept.put_object("a", b"3", headers={"x-oss-forbid-overwrite": "true"}).status == 200
    assert versions(kept) == [("a", "null", True), ("a", old, False)]
    assert kept.get_object("a", params=of("null")).read() == b"3"
    gone = kept.delete_object("a")
    assert (gone.delete_marker, gone.versionid) == (True, "null")
    assert versions(kept) == [("a", old, False), ("a", "null", True)]


def test_lists_in_pages(kept: oss2.Bucket) -> None:
    for key in ("a", "b/1", "b/2", "ä +%"):
        for _ in range(3):
            kept.put_object(key, b"x")
    kept.delete_object("a")
    whole = kept.list_object_versions(max_keys=1000)
    assert [v.key for v in whole.versions] == [
        *("a",) * 3,
        *("b/1",) * 3,
        *("b/2",) * 3,
        *("ä +%",) * 3,
    ]
    found: list[tuple[str, str]] = []
    key, version_id = "", ""
    while True:
        page = kept.list_object_versions(key_marker=key, versionid_marker=version_id, max_keys=4)
        found += [(v.key, v.versionid) for v in page.versions]
        assert len(page.versions) + len(page.delete_marker) <= 4
        if not page.is_truncated:
            break
        key, version_id = page.next_key_marker, page.next_versionid_marker
    assert found == [(v.key, v.versionid) for v in whole.versions]
    rolled = kept.list_object_versions(delimiter="/")
    assert list(rolled.common_prefix) == ["b/"]
    assert {v.key for v in rolled.versions} == {"a", "ä +%"}
    assert {v.key for v in kept.list_object_versions(prefix="b/").versions} == {"b/1", "b/2"}


def test_counts_what_is_kept(kept: oss2.Bucket) -> None:
    for text in (b"1", b"22"):
        kept.put_object("a", text)
    kept.delete_object("a")
    stat = kept.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes) == (2, 3)
    with pytest.raises(exceptions.BucketNotEmpty):
        kept.delete_bucket()


def test_a_form_says_which_version_it_made(kept: oss2.Bucket, module_server: ServerProcess) -> None:
    kept.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ_WRITE)
    made = []
    for text in ("1", "2"):
        url = f"{module_server.base_url}/{kept.bucket_name}"
        answer = requests.post(url, {"key": "a"}, files={"file": text}, timeout=60)
        assert answer.status_code == 204
        made.append(answer.headers["x-oss-version-id"])
    assert [v.versionid for v in kept.list_object_versions().versions] == made[::-1]
