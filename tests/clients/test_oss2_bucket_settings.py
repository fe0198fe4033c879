"""oss2 and what a bucket tells and is told beside its objects."""

from __future__ import annotations

import oss2
import pytest
from oss2 import models

from tests.clients.conftest import oss2_auth
from tests.server_process import ServerProcess


def test_place_and_figures(bucket: oss2.Bucket, module_server: ServerProcess) -> None:
    bucket.put_object("a", b"123")
    assert bucket.get_bucket_location().location == "oss-cn-hangzhou"
    stat = bucket.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes) == (1, 3)
    assert (stat.multi_part_upload_count, stat.multipart_part_count) == (0, 0)
    regions = oss2.Service(oss2_auth(module_server), module_server.base_url).describe_regions()
    assert [info.region for info in regions.regions] == ["oss-cn-hangzhou"]


def test_tags(bucket: oss2.Bucket) -> None:
    def told() -> dict[str, str]:
        return dict(bucket.get_bucket_tagging().tag_set.tagging_rule)

    assert told() == {}
    rule = models.TaggingRule()
    rule.add("a", "1")
    rule.add("b +", "2")
    bucket.put_bucket_tagging(models.Tagging(rule))
    assert told() == {"a": "1", "b +": "2"}
    bucket.delete_bucket_tagging({"tagging": "a"})
    assert told() == {"b +": "2"}
    assert bucket.delete_bucket_tagging().status == 204
    assert told() == {}


def test_referer_rules_hold_for_signed_urls(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"old")
    bucket.put_bucket_referer(
        models.BucketReferer(False, ["http://*.example.com"], False, ["http://bad."])
    )
    told = bucket.get_bucket_referer()
    assert (told.allow_empty_referer, told.referers) == (False, ["http://*.example.com"])
    assert (told.allow_truncate_query_string, told.black_referers) == (False, ["http://bad."])

    url = bucket.sign_url("GET", "a", 60)
    good = {"Referer": "http://www.example.com/"}
    assert bucket.get_object_with_url(url, headers=good).read() == b"old"
    for referer in ("", "http://bad.example.com/", "http://example.org/"):
        headers = {"Referer": referer} if referer else {}
        with pytest.raises(oss2.exceptions.AccessDenied, match="bucket referer policy"):
            bucket.get_object_with_url(url, headers=headers)
    assert bucket.get_object("a").read() == b"old"
