"""A day with versions by ali-oss."""

from __future__ import annotations

import oss2
import pytest

from tests.clients.ali_oss import AliOss, bytes_of, needs_ali_oss
from tests.server_process import ServerProcess

pytestmark = needs_ali_oss


@pytest.mark.parametrize("is_v4", [False, True])
def test_a_day(module_server: ServerProcess, bucket: oss2.Bucket, is_v4: bool) -> None:
    name = bucket.bucket_name
    ali = AliOss(module_server, name, authorizationV4=is_v4, region="oss-cn-hangzhou")
    _, told, one, two, gone = ali.run(
        ("putBucketVersioning", name, "Enabled"),
        ("getBucketVersioning", name),
        ("put", "a", b"1"),
        ("put", "a", b"22"),
        ("delete", "a"),
    )
    assert told["versionStatus"] == "Enabled"
    ids = [answer["res"]["headers"]["x-oss-version-id"] for answer in (one, two, gone)]
    assert len(set(ids)) == 3
    missing, read, head, listed, copied = ali.run(
        ("get", "a"),
        ("get", "a", None, {"versionId": ids[0]}),
        ("head", "a", {"versionId": ids[1]}),
        ("getBucketVersions", {}),
        ("copy", "a", "a", {"versionId": ids[0]}),
    )
    assert (missing["status"], missing["code"]) == (404, "NoSuchKey")
    assert bytes_of(read["content"]) == b"1"
    assert head["res"]["headers"]["content-length"] == "2"
    assert [one["versionId"] for one in listed["objects"]] == [ids[1], ids[0]]
    assert [one["versionId"] for one in listed["deleteMarker"]] == [ids[2]]
    assert copied["res"]["headers"]["x-oss-copy-source-version-id"] == ids[0]
    _, acl, _, deleted = ali.run(
        ("putACL", "a", "private", {"versionId": ids[1]}),
        ("getACL", "a", {"versionId": ids[1]}),
        ("putObjectTagging", "a", {"team": "web"}, {"versionId": ids[1]}),
        ("deleteMulti", [{"key": "a", "versionId": version_id} for version_id in ids]),
    )
    assert acl["acl"] == "private"
    assert [one["VersionId"] for one in deleted["deleted"]] == ids
    assert bucket.get_object("a").read() == b"1"
    assert len(bucket.list_object_versions().versions) == 1
