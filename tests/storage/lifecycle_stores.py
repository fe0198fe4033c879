"""Stores whose objects are as old as a test wants, with lifecycle rules."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from pillarbox.model.lifecycle import LIFECYCLE, Lifecycle, LifecycleRule
from pillarbox.model.lifecycle_document import lifecycle_document
from pillarbox.storage.bucket_settings import BucketSettings
from tests.storage.stores import rows

HOUR_MS = 3600 * 1000
_TIMES = {"objects": ("modified_ms",), "noncurrent_versions": ("modified_ms", "noncurrent_ms")}


def set_rules(data_dir: Path, *rules: LifecycleRule, bucket: str = "photos") -> None:
    """Give a bucket these rules and no others."""
    document = lifecycle_document(Lifecycle(rules)) if rules else None
    with closing(BucketSettings(data_dir)) as settings:
        settings.set_document(bucket, LIFECYCLE, document)


def age_all(data_dir: Path, milliseconds: int) -> None:
    """Let everything in the catalog be older by so much."""
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as catalog, catalog:
        for table, columns in {**_TIMES, "multipart_uploads": ("created_ms",)}.items():
            for column in columns:
                catalog.execute(f"UPDATE {table} SET {column} = {column} - ?", (milliseconds,))


def keys(data_dir: Path, where: str = "NOT delete_marker") -> list[bytes]:
    """Keys of the current versions."""
    found = rows(data_dir, f"SELECT key FROM objects WHERE {where} ORDER BY key")
    return [key for (key,) in found if isinstance(key, bytes)]


def kinds(found: Iterable[object]) -> list[str]:
    """Enumerated values as their texts."""
    return [str(one) for one in found]
