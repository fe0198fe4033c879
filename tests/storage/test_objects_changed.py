"""Objects deleted together, and tags of objects that stay."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pillarbox.access.caller import ANONYMOUS
from pillarbox.access.decision import Grants
from pillarbox.access.inquiry import Inquiry
from pillarbox.access.ram import Question, RequestContext
from pillarbox.model.acl import BucketAcl, ObjectAcl, WriteRule
from pillarbox.model.deletion import Removal
from pillarbox.model.objects import Bucket, ObjectHeaders, ObjectSpec
from pillarbox.storage.catalog.rows import attributes_text, with_tags
from tests.refusing import refused
from tests.storage.stores import LARGE, OWNER, blob_files, opened, put, rows, written


def removals(*keys: bytes, rule: WriteRule | None = None) -> list[Removal]:
    return [Removal(key, rule) for key in keys]


def rule_of_anybody(bucket: Bucket) -> WriteRule | None:
    question = Question(
        ANONYMOUS.requester,
        "oss:DeleteObject",
        RequestContext(datetime(2030, 1, 1, tzinfo=UTC)),
        owner_id=bucket.owner_id,
        bucket=bucket.name,
        key="a",
    )
    return Inquiry(question, Grants(bucket_acl=bucket.acl)).write_rule()


def test_several_objects_are_deleted_at_once(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await put(store, bucket, b"large", b"1" * LARGE)
            for key in (b"small", b"\0", b"stays"):
                await put(store, bucket, key, b"x")
            await store.delete_objects(bucket, removals(b"none", b"\0", b"large", b"small"))
            assert [line.key for line in (await store.list_objects(bucket)).objects] == [b"stays"]
            await store.delete_objects(bucket, removals(b"none"))

    asyncio.run(run())
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(1, 1)]
    assert rows(data_dir, "SELECT bytes FROM inline_blobs") == [(b"x",)]
    garbage = {blob_id for (blob_id,) in rows(data_dir, "SELECT blob_id FROM garbage")}
    assert garbage == {path.name for path in blob_files(data_dir)}


def test_a_key_that_may_not_go_keeps_all(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await store.set_bucket_acl(bucket, BucketAcl.PUBLIC_READ_WRITE)
            for key in (b"a", b"b"):
                await put(store, bucket, key, b"x")
            rule = rule_of_anybody(bucket)
            await store.set_object_acl(bucket, b"b", ObjectAcl.PUBLIC_READ)
            with refused("AccessDenied", 403, ec="0003-00000905", Key="b"):
                await store.delete_objects(bucket, removals(b"a", b"b", rule=rule))
            assert await store.object(bucket, b"a") is not None
            await store.delete_objects(bucket, removals(b"a", b"none", rule=rule))
            assert await store.object(bucket, b"a") is None
            # The rule sees the ACL of now, not that of when it was made.
            await store.set_bucket_acl(bucket, BucketAcl.PRIVATE)
            with refused("AccessDenied", 403, ec="0003-00000905", Key="none"):
                await store.delete_objects(bucket, removals(b"none", rule=rule))

    asyncio.run(run())


def test_a_bucket_that_is_gone(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await store.delete_bucket(bucket)
            with refused("NoSuchBucket", 404, ec="0015-00000101", BucketName="photos"):
                await store.delete_objects(bucket, removals(b"a"))

    asyncio.run(run())


def test_tags_are_replaced_and_nothing_else(data_dir: Path) -> None:
    headers = ObjectHeaders("text/plain", {"Expires": "never"}, {"author": "Zoë"})

    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            upload = await written(store, bucket, b"x")
            stored = await upload.commit(ObjectSpec(b"k", headers, tags={"old": "1"}), OWNER)
            for tags in ({"a": "1", "b": ""}, {}, {"c": " "}):
                await store.set_object_tags(bucket, b"k", tags)
                assert await store.object(bucket, b"k") == replace(stored, tags=tags)
            with refused("NoSuchKey", 404, ec="0026-00000001", Key="other"):
                await store.set_object_tags(bucket, b"other", {})

    asyncio.run(run())


def test_a_row_without_tags_is_as_if_it_never_had_any() -> None:
    spec = ObjectSpec(b"k", ObjectHeaders("text/plain"))
    tagged = with_tags(attributes_text(spec), {"a": "1"})
    assert tagged == attributes_text(replace(spec, tags={"a": "1"}))
    assert with_tags(tagged, {}) == attributes_text(spec)
