from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from xml.etree.ElementTree import fromstring

from pillarbox.jobs import keeper
from pillarbox.jobs.reaper import reap
from pillarbox.jobs.upload_expiry import expire_uploads
from pillarbox.model.lifecycle import AfterDays, LifecycleRule
from pillarbox.storage.upkeep import Upkeep
from tests.server_process import ServerProcess, wait_until
from tests.storage.lifecycle_stores import set_rules
from tests.storage.loops import in_a_loop
from tests.storage.stores import blob_files, opened, rows
from tests.storage.test_multipart import LARGE_PART, SMALL_PART, begun, complete, put_part, refused
from tests.wire.rest import Caller
from tests.wire.test_multipart import PART, Upload

HOUR = 3600
DAY = 24 * HOUR


def now_ms(later: int = 0) -> int:
    """Now, or `later` seconds from now."""
    return (int(time.time()) + later) * 1000


def age(data_dir: Path, upload_id: str, seconds: int, *, parts: bool = True) -> None:
    """Make an upload older, and its parts."""
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as catalog, catalog:
        catalog.execute(
            "UPDATE multipart_uploads SET created_ms = created_ms - ? WHERE id = ?",
            (seconds * 1000, upload_id),
        )
        if parts:
            catalog.execute(
                "UPDATE parts SET modified_ms = modified_ms - ? WHERE upload_id = ?",
                (seconds * 1000, upload_id),
            )


def expired(data_dir: Path, after: int, later: int = 0) -> int:
    """How many uploads go."""
    with closing(Upkeep(data_dir)) as upkeep:
        total = 0
        while count := expire_uploads(upkeep, now_ms(later), after):
            total += count
        return total


@in_a_loop
async def test_where_rules_say_when_uploads_end_they_alone_say_it(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        age(data_dir, (await begun(store, bucket, b"a")).id, 2 * HOUR)
    set_rules(data_dir, LifecycleRule("r", abort=AfterDays(30)))
    assert expired(data_dir, HOUR) == 0
    set_rules(data_dir, LifecycleRule('"abort"', expiration=AfterDays(1)))
    assert expired(data_dir, HOUR) == 1


@in_a_loop
async def test_a_forgotten_upload_goes_with_its_parts(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        forgotten = [await begun(store, bucket, key) for key in (b"a", b"b")]
        await put_part(store, bucket, forgotten[0], 1, LARGE_PART)
        await put_part(store, bucket, forgotten[0], 2, SMALL_PART)
        for upload in forgotten:
            age(data_dir, upload.id, 2 * HOUR)
        young = await begun(store, bucket, b"c")
        part = await put_part(store, bucket, young, 1, LARGE_PART)

        assert expired(data_dir, 3 * HOUR) == 0
        assert expired(data_dir, HOUR) == 2

        with refused("NoSuchUpload"):
            await put_part(store, bucket, forgotten[0], 3, SMALL_PART)
        with refused("NoSuchUpload"):
            await complete(store, bucket, forgotten[0])
        await complete(store, bucket, young, [part])
    with closing(Upkeep(data_dir)) as upkeep:
        assert reap(upkeep, now_ms(HOUR)) == 1
    assert len(blob_files(data_dir)) == 1
    assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(0,)]


@in_a_loop
async def test_an_old_upload_that_still_gets_parts_is_not_forgotten(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        await put_part(store, bucket, upload, 1, LARGE_PART)
        age(data_dir, upload.id, 2 * HOUR)
        await put_part(store, bucket, upload, 2, SMALL_PART)
        assert expired(data_dir, HOUR) == 0
        stored = await complete(store, bucket, upload)
        assert stored.size == len(LARGE_PART + SMALL_PART)


@in_a_loop
async def test_what_was_completed_is_no_upload_any_more(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        await put_part(store, bucket, upload, 1, LARGE_PART)
        await complete(store, bucket, upload)
        assert expired(data_dir, HOUR, later=30 * DAY) == 0
        assert await store.object(bucket, b"k") is not None


@in_a_loop
async def test_the_keeper_lets_them_expire_if_it_is_told_to(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        age(data_dir, upload.id, 2 * HOUR)
    # One round each: a stop that is set makes no more, and is asked before the first.
    for expiry, left in ((None, 1), (3.0 * HOUR, 1), (1.0 * HOUR, 0)):
        keeper.run(data_dir, _OneRound(), interval_seconds=0, upload_expiry=expiry)
        assert rows(data_dir, "SELECT count(*) FROM multipart_uploads") == [(left,)]


class _OneRound(threading.Event):
    """Set when the keeper waits for its second round."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


@contextmanager
def serving(data_dir: Path, *options: str) -> Iterator[Caller]:
    server = ServerProcess(data_dir, ["--init-bucket", "photos:private", *options])
    try:
        yield Caller(server)
        server.stop()
    finally:
        server.end()


def listed(caller: Caller) -> set[str | None]:
    """Ids of the uploads that the server tells of."""
    answer = caller.signed("GET", "/photos/", query="uploads", resource="/photos/?uploads")
    return {one.findtext("UploadId") for one in fromstring(answer.body).iter("Upload")}


def test_a_server_forgets_what_was_forgotten_before_it_started(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with serving(data_dir) as caller:
        old, young = Upload(caller, "photos"), Upload(caller, "photos")
        for upload in (old, young):
            assert upload.put(1, PART).status == 200
    age(data_dir, old.id, 8 * DAY)
    age(data_dir, young.id, 6 * DAY)
    with serving(data_dir, "--upload-expiry", "0s") as caller:
        assert listed(caller) == {old.id, young.id}
    with serving(data_dir) as caller:
        wait_until(lambda: listed(caller) == {young.id}, "the end of the forgotten upload")
        old.caller = young.caller = caller
        assert old.complete((1, PART)).status == 404
        assert young.complete((1, PART)).status == 200
        assert caller.signed("GET", "/photos/k").body == PART
