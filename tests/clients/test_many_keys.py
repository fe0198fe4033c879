"""2,500 keys, listed in pages by each SDK's own means, with and without a delimiter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import alibabacloud_oss_v2 as oss
import httpx
import oss2
import pytest

from tests.clients.ali_oss import AliOss, needs_ali_oss
from tests.clients.conftest import oss2_auth
from tests.clients.test_oss_v2 import client_of
from tests.server_process import ServerProcess

NAME = "shelf"
#: In the order of their UTF-8, which is not that of UTF-16: U+FF5E comes before U+1F600.
FOLDERS = ["a b+/", "é/", "～/", "\U0001f600/"]
KEYS = [f"{folder}{number:04}" for folder in FOLDERS for number in range(625)]


@pytest.fixture(scope="module")
def shelf(module_server: ServerProcess) -> oss2.Bucket:
    """The bucket that holds them."""
    bucket = oss2.Bucket(oss2_auth(module_server), module_server.base_url, NAME)
    bucket.create_bucket("public-read-write")
    with httpx.Client() as client, ThreadPoolExecutor(8) as threads:

        def put(key: str) -> int:
            url = f"{module_server.base_url}/{NAME}/{oss2.compat.urlquote(key)}"
            return client.put(url, content=b"").status_code

        assert set(threads.map(put, reversed(KEYS))) == {200}
    return bucket


def test_oss2(shelf: oss2.Bucket) -> None:
    for iterator in (oss2.ObjectIterator, oss2.ObjectIteratorV2):
        assert [entry.key for entry in iterator(shelf, max_keys=1000)] == KEYS
        folders = list(iterator(shelf, delimiter="/", max_keys=3))
        assert [entry.key for entry in folders] == FOLDERS
        assert all(entry.is_prefix() for entry in folders)
        within = [entry.key for entry in iterator(shelf, prefix="～/", max_keys=300)]
        assert within == KEYS[1250:1875]


def test_oss_v2(module_server: ServerProcess, shelf: oss2.Bucket) -> None:
    client = client_of(module_server, "v4")
    for paginator, request in (
        (client.list_objects_paginator(), oss.ListObjectsRequest),
        (client.list_objects_v2_paginator(), oss.ListObjectsV2Request),
    ):
        pages = list(paginator.iter_page(request(bucket=NAME, max_keys=1000)))
        assert [len(page.contents) for page in pages] == [1000, 1000, 500]
        assert [entry.key for page in pages for entry in page.contents] == KEYS
        pages = list(paginator.iter_page(request(bucket=NAME, delimiter="/", max_keys=3)))
        assert [p.prefix for page in pages for p in page.common_prefixes or ()] == FOLDERS
        assert not any(page.contents for page in pages)


@needs_ali_oss
@pytest.mark.parametrize(
    ("method", "option", "told", "is_v4"),
    [
        ("list", "marker", "nextMarker", False),
        ("listV2", "continuation-token", "nextContinuationToken", True),
    ],
)
def test_ali_oss(
    module_server: ServerProcess,
    shelf: oss2.Bucket,
    method: str,
    option: str,
    told: str,
    is_v4: bool,
) -> None:
    ali = AliOss(module_server, NAME, authorizationV4=is_v4, region="oss-cn-hangzhou")
    keys: list[str] = []
    query: dict[str, Any] = {"max-keys": 1000}
    while True:
        page, folders = ali.run((method, query), (method, {"delimiter": "/"}))
        assert folders["prefixes"] == FOLDERS
        keys += [entry["name"] for entry in page["objects"]]
        if not page["isTruncated"]:
            break
        query[option] = page[told]
    assert keys == KEYS


def test_the_whole_shelf_is_emptied(shelf: oss2.Bucket) -> None:
    """What a program does to remove a bucket; the last of this module."""
    while keys := [entry.key for entry in shelf.list_objects(max_keys=1000).object_list]:
        assert shelf.batch_delete_objects(keys).deleted_keys == keys
    assert shelf.get_bucket_stat().object_count == 0
    shelf.delete_bucket()
