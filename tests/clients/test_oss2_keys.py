"""oss2 and keys of all kinds: stored, and listed in pages."""

from __future__ import annotations

import oss2
import pytest
from oss2 import exceptions

# --- keys ----------------------------------------------------------------------------------------

KEYS = [
    "a b",
    "a+b",
    "a%2Fb",
    "a%b",
    "100%",
    "//double",
    "a//b",
    "a/../b",
    "a/./b",
    "a\\b",
    "用户/é.txt",
    "e\u0301",
    "\xe9",
    "a\tb",
    "a\nb",
    "a?b=c&d",
    "a#b",
    "a;b",
    "a:b",
    "a'\"<>&b",
    "~",
    "a" * 1023,
    "é" * 511,
    " leading and trailing ",
    "trailing.",
    "CON",
    "\U0001f4ee",
]


@pytest.mark.parametrize("slash_safe", [False, True], ids=["slashes-encoded", "slashes-kept"])
def test_keys_of_all_kinds(bucket: oss2.Bucket, slash_safe: bool) -> None:
    # requests takes `..` between plain slashes for a step up before it sends anything.
    keys = [
        key
        for key in KEYS
        if not key.startswith("/") and not (slash_safe and ("/../" in key or "/./" in key))
    ]
    for key in keys:
        if slash_safe:
            url = bucket.sign_url("PUT", key, 600, slash_safe=True)
            bucket.put_object_with_url(url, key.encode())
        else:
            bucket.put_object(key, key.encode())

    listed = [found.key for found in oss2.ObjectIterator(bucket, max_keys=4)]
    assert listed == sorted(keys, key=str.encode)
    assert [o.key for o in oss2.ObjectIteratorV2(bucket, max_keys=4)] == listed
    for key in keys:
        assert bucket.get_object(key).read() == key.encode()
        bucket.delete_object(key)
    assert not list(oss2.ObjectIterator(bucket))


@pytest.mark.parametrize("key", ["/a", "\\a", "a" * 1024, "é" * 512])
def test_keys_that_are_no_names(bucket: oss2.Bucket, key: str) -> None:
    with pytest.raises(exceptions.InvalidObjectName):
        bucket.put_object(key, b"x")
    assert not bucket.list_objects().object_list


# --- listings ------------------------------------------------------------------------------------


@pytest.fixture
def shelf(bucket: oss2.Bucket) -> oss2.Bucket:
    """A bucket with keys in folders."""
    for key in ("a", "b/1", "b/2", "b/c/3", "b/d/4", "c/5", "d", "e f/ü"):
        bucket.put_object(key, key.encode())
    return bucket


@pytest.mark.parametrize("max_keys", [1, 2, 3, 1000])
def test_lists_pages_with_folders(shelf: oss2.Bucket, max_keys: int) -> None:
    for pages in (oss2.ObjectIterator, oss2.ObjectIteratorV2):
        listed = [(o.key, o.is_prefix()) for o in pages(shelf, delimiter="/", max_keys=max_keys)]
        assert listed == [
            ("a", False),
            ("b/", True),
            ("c/", True),
            ("d", False),
            ("e f/", True),
        ]
        inside = [o.key for o in pages(shelf, prefix="b/", delimiter="/", max_keys=max_keys)]
        assert inside == ["b/1", "b/2", "b/c/", "b/d/"]


def test_a_page_tells_where_it_is(shelf: oss2.Bucket) -> None:
    page = shelf.list_objects(prefix="b/", delimiter="/", marker="b/1", max_keys=2)

    assert [o.key for o in page.object_list] == ["b/2"]
    assert page.prefix_list == ["b/c/"]
    assert (page.is_truncated, page.next_marker) == (True, "b/c/")
    line = page.object_list[0]
    assert (line.size, line.type, line.storage_class) == (3, "Normal", "Standard")
    assert line.etag == shelf.head_object("b/2").etag
    assert line.owner.id == shelf.get_bucket_info().owner.id
    last = shelf.list_objects(prefix="b/", delimiter="/", marker=page.next_marker)
    assert (last.prefix_list, last.is_truncated) == (["b/d/"], False)


def test_version_2_of_the_listing(shelf: oss2.Bucket) -> None:
    page = shelf.list_objects_v2(start_after="b/2", max_keys=2)

    assert [o.key for o in page.object_list] == ["b/c/3", "b/d/4"]
    assert page.object_list[0].owner is None
    assert page.is_truncated
    rest = shelf.list_objects_v2(
        continuation_token=page.next_continuation_token, start_after="a", fetch_owner=True
    )
    assert [o.key for o in rest.object_list] == ["c/5", "d", "e f/ü"]
    assert rest.object_list[0].owner.id == shelf.get_bucket_info().owner.id


@pytest.mark.parametrize("max_keys", ["-1", "1001", "many", "1e3", "99999999999999999999"])
def test_a_page_has_a_thousand_keys_at_most(bucket: oss2.Bucket, max_keys: str) -> None:
    for listing in (bucket.list_objects, bucket.list_objects_v2):
        with pytest.raises(exceptions.InvalidArgument) as refused:
            listing(max_keys=max_keys)
        assert refused.value.details["ArgumentName"] == "max-keys"


def test_an_odd_token_is_refused(bucket: oss2.Bucket) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        bucket.list_objects_v2(continuation_token="no token!")
