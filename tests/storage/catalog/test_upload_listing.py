"""Pages of uploads against a plain model."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from pillarbox.storage.catalog.schema import metadata
from pillarbox.storage.catalog.upload_listing import list_uploads

_keys = st.text("ab/\x00é\U0001f600", min_size=1, max_size=5).map(str.encode)


def catalog_of(uploads: list[tuple[bytes, str]]) -> sqlite3.Cursor:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    cursor: sqlite3.Cursor = engine.raw_connection().cursor()  # type: ignore[assignment]
    for bucket_id in (1, 2):
        for key, upload_id in uploads:
            cursor.execute(
                "INSERT INTO multipart_uploads VALUES (?, ?, ?, 'o', 5, 'default', 'Standard', "
                "NULL, '{}')",
                (f"{upload_id}{'' if bucket_id == 1 else 'x'}", bucket_id, key),
            )
    return cursor


def entries(
    uploads: list[tuple[bytes, str]], prefix: bytes, delimiter: bytes
) -> Iterator[tuple[bytes, str]]:
    """All entries in order; a common prefix has an empty id."""
    seen = set()
    for key, upload_id in sorted(uploads):
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        if at < 0:
            yield (key, upload_id)
        elif (common := key[: at + len(delimiter)]) not in seen:
            seen.add(common)
            yield (common, "")


@given(
    st.lists(_keys, max_size=12),
    st.sampled_from([b"", b"a", b"a/", b"\x00"]),
    st.sampled_from([b"", b"/", "é".encode(), b"b/"]),
    st.integers(1, 5),
)
def test_pages_together_are_the_whole(
    keys: list[bytes], prefix: bytes, delimiter: bytes, size: int
) -> None:
    uploads = [(key, f"{number:02d}") for number, key in enumerate(keys)]
    cursor = catalog_of(uploads)
    found: list[tuple[bytes, str]] = []
    after = (b"", "")
    while True:
        page = list_uploads(
            cursor, 1, prefix=prefix, delimiter=delimiter, after=after, max_uploads=size
        )
        here = [(one.key, one.id) for one in page.uploads]
        here += [(common, "") for common in page.common_prefixes]
        assert len(here) <= size
        found += sorted(here)
        if page.next_after is None:
            break
        assert len(here) == size
        after = page.next_after
    assert found == list(entries(uploads, prefix, delimiter))


@pytest.mark.parametrize("uploads_of_each", [1, 1_000])
def test_folders_are_skipped_not_read(uploads_of_each: int) -> None:
    """The rows that the database steps over don't grow with what the folders hold."""
    keys = [b"%02d/%06d" % (folder, n) for folder in range(20) for n in range(uploads_of_each)]
    cursor = catalog_of([(key, key.decode()) for key in keys])
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    cursor.connection.set_progress_handler(count, 1)
    page = list_uploads(cursor, 1, prefix=b"", delimiter=b"/", after=(b"", ""), max_uploads=1000)
    assert page.common_prefixes == tuple(b"%02d/" % folder for folder in range(20))
    assert steps < 20 * 80


def test_behind_a_key_without_an_id_are_other_keys() -> None:
    cursor = catalog_of([(b"a", "1"), (b"a", "2"), (b"b", "3")])

    def listed(after: tuple[bytes, str]) -> list[str]:
        page = list_uploads(cursor, 1, prefix=b"", delimiter=b"", after=after, max_uploads=9)
        return [one.id for one in page.uploads]

    assert listed((b"", "")) == ["1", "2", "3"]
    assert listed((b"a", "")) == ["3"]
    assert listed((b"a", "1")) == ["2", "3"]
    assert listed((b"a", "2")) == ["3"]
    assert listed((b"b", "")) == []
