"""What the keeper prepares, at a start and when it replaces one that died."""

from __future__ import annotations

import asyncio
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from pillarbox.model.acl import BucketAcl
from pillarbox.model.cors import CORS, cors_for_uploads
from pillarbox.model.objects import AccessKey, Bucket
from pillarbox.server.keeper import prepare
from pillarbox.server.keeper_orders import Orders
from pillarbox.server.settings import InitBucket, Settings
from pillarbox.storage import preparation
from pillarbox.storage.identities import Identities
from pillarbox.storage.store import Store

KEY = AccessKey("id", "secret", "")


def prepared(orders: Orders) -> Orders:
    """Prepare, let go of the port; the orders of a keeper that comes after."""
    held, report = prepare(orders)
    for one in held:
        one.close()
    settings = replace(orders.settings, port=report.port)
    return replace(orders, settings=settings, again=True)


def test_a_new_keeper_undoes_nothing_that_was_changed_since(tmp_path: Path) -> None:
    settings = Settings(
        tmp_path,
        port=0,
        init_buckets=(
            InitBucket("kept", BucketAcl.PRIVATE),
            InitBucket("gone", BucketAcl.PUBLIC_READ_WRITE),
        ),
        init_cors=cors_for_uploads(["https://a.example"]),
    )
    orders = prepared(Orders(settings, KEY, os.getpid()))

    async def change() -> None:
        store = await Store.open(tmp_path)
        await store.delete_bucket(await bucket(store, "gone"))
        await store.remove_bucket_config(await bucket(store, "kept"), CORS)
        await store.close()

    async def look() -> None:
        store = await Store.open(tmp_path)
        assert await store.bucket("gone") is None
        assert CORS not in (await bucket(store, "kept")).configs
        await store.close()

    asyncio.run(change())
    prepared(orders)
    asyncio.run(look())


def test_a_new_keeper_leaves_the_secret_that_root_was_given_since(tmp_path: Path) -> None:
    orders = prepared(Orders(Settings(tmp_path, port=0), KEY, os.getpid()))
    with closing(Identities(tmp_path)) as door:
        key = door.new_root_secret()
    assert key.id == KEY.id
    prepared(orders)
    assert preparation.prepare(tmp_path) == (key, False)
    # A new start goes back to what it is given.
    prepared(replace(orders, again=False, settings=Settings(tmp_path, port=0)))
    assert preparation.prepare(tmp_path)[0].secret == KEY.secret


async def bucket(store: Store, name: str) -> Bucket:
    """A bucket that is there."""
    found = await store.bucket(name)
    assert found is not None
    return found
