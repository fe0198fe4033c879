from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from pillarbox.model.objects import Digests, Listing, ObjectSpec
from pillarbox.storage.catalog import statements
from pillarbox.storage.catalog.listing import end_of_prefix, list_objects
from pillarbox.storage.catalog.rows import object_row
from pillarbox.storage.catalog.schema import metadata
from tests.storage.stores import opened, put

_DIGESTS = Digests(1, b"\0" * 16, 0)


def catalog_with(keys: Iterable[bytes], bucket_id: int = 1) -> sqlite3.Connection:
    engine = create_engine("sqlite://")
    connection = engine.raw_connection().driver_connection
    assert isinstance(connection, sqlite3.Connection)
    metadata.create_all(engine)
    found = [object_row(bucket_id, ObjectSpec(key), "o", _DIGESTS, None, 0) for key in keys]
    statements.write_rows(connection.execute, statements.PUT_OBJECTS, found)
    return connection


def model(
    keys: Iterable[bytes], prefix: bytes, delimiter: bytes, start_after: bytes, max_keys: int
) -> tuple[list[bytes], list[bytes], bytes | None]:
    """What a page is, in the plainest words."""
    entries: dict[bytes, bool] = {}
    for key in keys:
        if not key.startswith(prefix):
            continue
        stem, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, b"", b"")
        entry = prefix + stem + delimiter if found else key
        entries[entry] = bool(found)
    after = sorted(entry for entry in entries if entry > start_after)
    page = after[:max_keys]
    return (
        [entry for entry in page if not entries[entry]],
        [entry for entry in page if entries[entry]],
        page[-1] if page and len(after) > max_keys else None,
    )


def parts(listing: Listing) -> tuple[list[bytes], list[bytes], bytes | None]:
    return (
        [entry.key for entry in listing.objects],
        list(listing.common_prefixes),
        listing.next_after,
    )


_some_bytes = st.lists(
    st.sampled_from([b"\0", b"a", b"b", b"/", b"\xfe", b"\xff"]), max_size=6
).map(b"".join)
_any_bytes = st.one_of(_some_bytes, st.binary(max_size=8))


@given(
    keys=st.sets(_any_bytes.filter(bool), max_size=40),
    prefix=_any_bytes.map(lambda text: text[:2]),
    delimiter=st.one_of(st.just(b"/"), _any_bytes.map(lambda text: text[:2])),
    start_after=_any_bytes,
    max_keys=st.integers(0, 12),
)
def test_a_page_is_what_the_model_says(
    keys: set[bytes], prefix: bytes, delimiter: bytes, start_after: bytes, max_keys: int
) -> None:
    with closing(catalog_with(keys)) as connection:
        listing = list_objects(
            connection.cursor(),
            1,
            prefix=prefix,
            delimiter=delimiter,
            start_after=start_after,
            max_keys=max_keys,
        )
    assert parts(listing) == model(keys, prefix, delimiter, start_after, max_keys)


@given(
    keys=st.sets(_any_bytes.filter(bool), max_size=60),
    delimiter=st.sampled_from([b"", b"/", b"a", b"\xff", b"//"]),
    max_keys=st.integers(1, 5),
)
def test_pages_together_are_the_whole(keys: set[bytes], delimiter: bytes, max_keys: int) -> None:
    found: list[bytes] = []
    prefixes: list[bytes] = []
    start_after: bytes | None = b""
    with closing(catalog_with(keys)) as connection:
        while start_after is not None:
            page = list_objects(
                connection.cursor(),
                1,
                prefix=b"",
                delimiter=delimiter,
                start_after=start_after,
                max_keys=max_keys,
            )
            found += [entry.key for entry in page.objects]
            prefixes += page.common_prefixes
            start_after = page.next_after
    assert (found, prefixes, None) == model(keys, b"", delimiter, b"", 1000)


_texts = st.text(st.sampled_from("\0a/é→𝄞\uffff"), max_size=5)


@given(
    keys=st.sets(st.one_of(_texts, st.text(max_size=6)).filter(bool), max_size=40),
    prefix=_texts.map(lambda text: text[:1]),
    delimiter=st.sampled_from(["", "/", "é", "→", "𝄞", "\0", "→a"]),
    start_after=_texts,
    max_keys=st.integers(1, 12),
)
def test_any_unicode_is_in_the_order_of_its_bytes(
    keys: set[str], prefix: str, delimiter: str, start_after: str, max_keys: int
) -> None:
    encoded = {key.encode() for key in keys}
    page = (prefix.encode(), delimiter.encode(), start_after.encode(), max_keys)
    with closing(catalog_with(encoded)) as connection:
        listing = list_objects(
            connection.cursor(),
            1,
            prefix=page[0],
            delimiter=page[1],
            start_after=page[2],
            max_keys=max_keys,
        )
    assert parts(listing) == model(encoded, *page)


@given(prefix=_any_bytes, key=_any_bytes)
def test_the_end_of_a_prefix_divides(prefix: bytes, key: bytes) -> None:
    end = end_of_prefix(prefix)
    if key.startswith(prefix):
        assert end is None or key < end
    elif key > prefix:
        assert end is not None
        assert key >= end


def test_other_buckets_are_not_seen() -> None:
    with closing(catalog_with([b"mine"], bucket_id=2)) as connection:
        for bucket_id, expected in ((1, []), (2, [b"mine"]), (3, [])):
            page = list_objects(
                connection.cursor(),
                bucket_id,
                prefix=b"",
                delimiter=b"",
                start_after=b"",
                max_keys=9,
            )
            assert [entry.key for entry in page.objects] == expected


@pytest.mark.parametrize("keys_of_each", [1, 2_000])
def test_folders_are_skipped_not_read(keys_of_each: int) -> None:
    """The rows that the database steps over don't grow with what the folders hold."""
    keys = [b"%02d/%06d" % (folder, n) for folder in range(20) for n in range(keys_of_each)]
    with closing(catalog_with(keys)) as connection:
        page, steps = page_and_steps(connection, delimiter=b"/", max_keys=100)
    assert page.common_prefixes == tuple(b"%02d/" % folder for folder in range(20))
    assert steps < 20 * 60


@pytest.mark.parametrize("keys_of_folder", [60, 6_000])
@pytest.mark.parametrize("delimiter", [b"", b"/"])
@pytest.mark.parametrize("start_after", [b"b/000050", b"a"])
def test_a_page_costs_what_it_holds(
    keys_of_folder: int, delimiter: bytes, start_after: bytes
) -> None:
    """Neither what stands in front of a page nor what follows it costs a step."""
    keys = [
        b"%s/%06d" % (folder, n) for folder in (b"a", b"b", b"c") for n in range(keys_of_folder)
    ]
    with closing(catalog_with([*keys, b"d", b"e"])) as connection:
        page, steps = page_and_steps(
            connection, delimiter=delimiter, start_after=start_after, max_keys=5
        )
    assert len(page.objects) + len(page.common_prefixes) >= 3
    assert steps < 5 * 60


def page_and_steps(
    connection: sqlite3.Connection, *, delimiter: bytes, max_keys: int, start_after: bytes = b""
) -> tuple[Listing, int]:
    """A page of the whole bucket, and how many steps the database took for it."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(count, 1)
    page = list_objects(
        connection.cursor(),
        1,
        prefix=b"",
        delimiter=delimiter,
        start_after=start_after,
        max_keys=max_keys,
    )
    return page, steps


def test_a_listed_line_says_what_is_stored(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            stored = await put(store, bucket, b"a/k", b"x")
            (line,) = (await store.list_objects(bucket, prefix=b"a/")).objects
            assert line.key == stored.key
            assert line.size == 1
            assert line.etag == stored.etag
            assert line.modified_ms == stored.modified_ms
            assert line.storage_class == "Standard"
            assert line.owner_id == stored.owner_id
            assert line.object_type == "Normal"
            assert await store.list_objects(bucket, delimiter=b"/") == Listing((), (b"a/",), None)

    asyncio.run(run())
