"""What oss2 can ask for and the server can't do yet: refused, and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import oss2
import pytest
from oss2 import models

Call = Callable[[oss2.Bucket], Any]

CALLS: dict[str, Call] = {
    "put_with_a_limit": lambda b: b.put_object(
        "b", b"x", headers={"x-oss-traffic-limit": "819200"}
    ),
    "put_with_encryption": lambda b: b.put_object(
        "b", b"x", headers={"x-oss-server-side-encryption": "AES256"}
    ),
    "get_with_a_process": lambda b: b.get_object("a", process="image/resize,w_1"),
    "select_object": lambda b: b.select_object("a", "select * from ossobject"),
    "put_bucket_website": lambda b: b.put_bucket_website(models.BucketWebsite("i.html", "e.html")),
    "put_bucket_logging": lambda b: b.put_bucket_logging(models.BucketLogging("b", "p")),
    "put_bucket_encryption": lambda b: b.put_bucket_encryption(
        models.ServerSideEncryptionRule(sse_algorithm="AES256")
    ),
    "delete_bucket_cname": lambda b: b.delete_bucket_cname("example.com"),
    "delete_bucket_qos_info": lambda b: b.delete_bucket_qos_info(),
    "set_bucket_storage_capacity": lambda b: b.set_bucket_storage_capacity(models.BucketUserQos(1)),
    "create_live_channel": lambda b: b.create_live_channel("c", models.LiveChannelInfo()),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_is_refused_and_changes_nothing(call: Call, module_bucket: oss2.Bucket) -> None:
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        call(module_bucket)

    assert (refused.value.status, refused.value.code) == (501, "NotImplemented")
    assert [o.key for o in oss2.ObjectIterator(module_bucket)] == ["a"]
    read = module_bucket.get_object("a")
    assert (read.read(), read.headers["x-oss-meta-a"]) == (b"old", "1")


@pytest.fixture(scope="module")
def module_bucket(module_server: Any) -> oss2.Bucket:
    """A bucket that nothing may change."""
    key = module_server.access_key
    made = oss2.Bucket(oss2.Auth(key.id, key.secret), module_server.base_url, "unchanged")
    made.create_bucket()
    made.put_object("a", b"old", headers={"x-oss-meta-a": "1"})
    return made
