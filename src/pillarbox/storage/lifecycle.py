"""The door for lifecycle rules: what is due in a bucket, doing it, and whether the clock is right.

Synchronous, and good beside running servers. What is due is looked for without the lock under which
the catalog is written; what is done is done in small transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pillarbox.model.lifecycle import LIFECYCLE, LifecycleRule
from pillarbox.model.lifecycle_actions import ActionKind, covered_prefixes, rules_under
from pillarbox.model.lifecycle_document import kept_lifecycle
from pillarbox.model.objects import Bucket
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.catalog.buckets import find_bucket
from pillarbox.storage.catalog.clock_belief import find_belief, keep_belief
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.lifecycle import (
    AFTER_ALL_KEYS,
    Due,
    Seen,
    carry_out,
    current_page,
    due_of,
    noncurrent_page,
    upload_page,
)
from pillarbox.storage.catalog.listing import end_of_prefix
from pillarbox.storage.catalog.schema import bucket_configs, buckets
from pillarbox.storage.control import existing_bucket
from pillarbox.storage.layout import Layout

#: Rows that are read at once.
PAGE = 1000


class LifecycleUpkeep:
    """The catalog of a prepared data directory, as lifecycle rules look at it.

    Methods raise SQLAlchemy's errors.
    """

    def __init__(self, data_dir: Path, durability: Durability = WHOLE) -> None:
        self._catalog = Catalog(Layout(data_dir), durability)

    def close(self) -> None:
        """Let go of the catalog."""
        self._catalog.close()

    def bucket(self, name: str) -> Bucket:
        """The bucket of that name; ValueError if there is none."""
        with self._catalog.reading() as connection:
            return existing_bucket(connection, name)

    def buckets(self) -> list[Bucket]:
        """All buckets that have rules."""
        with_rules = (
            select(buckets.c.name)
            .join(bucket_configs, bucket_configs.c.bucket_id == buckets.c.id)
            .where(bucket_configs.c.kind == LIFECYCLE)
            .order_by(buckets.c.name)
        )
        with self._catalog.reading() as connection:
            found = [find_bucket(connection, name) for name in connection.scalars(with_rules)]
        return [bucket for bucket in found if bucket is not None]

    def foreseen(self, bucket: Bucket, now_ms: int) -> Iterator[list[Due]]:
        """What one pass at `now_ms` would do, were each page's done before the next is read."""
        rules = _rules_of(bucket)
        yield from self._due(bucket, now_ms, partial(self._left_alone, bucket.id, rules, now_ms))

    def due(self, bucket: Bucket, now_ms: int) -> Iterator[list[Due]]:
        """What is due in a bucket at `now_ms`, one list for each page that was read.

        Noncurrent versions come first: when they are gone a delete marker may be all that is left.
        Nothing is read twice, and what a page says may be done before the next is asked for.
        """
        yield from self._due(bucket, now_ms, lambda seen: seen)

    def _due(
        self, bucket: Bucket, now_ms: int, as_it_will_be: Callable[[Seen], Seen]
    ) -> Iterator[list[Due]]:
        rules = _rules_of(bucket)
        for walk in (self._noncurrent, self._current, self._uploads):
            for prefix in covered_prefixes(rules):
                mine = rules_under(rules, prefix)
                end = end_of_prefix(prefix) or AFTER_ALL_KEYS
                for page in walk(bucket.id, mine, prefix, end):
                    later = map(as_it_will_be, page)
                    found = ((due_of(mine, seen, now_ms), seen) for seen in later)
                    yield [Due(action, seen) for action, seen in found if action is not None]

    def carry_out(self, bucket: Bucket, dues: Sequence[Due], now_ms: int) -> list[Due] | None:
        """Do what is still due, in one transaction; what was done.

        None, and nothing is done, if the bucket or its rules are no longer those of `bucket`.
        """
        rules = _rules_of(bucket)
        with self._catalog.writing() as connection:
            found = find_bucket(connection, bucket.name)
            if found is None or found.id != bucket.id:
                return None
            if found.configs.get(LIFECYCLE) != bucket.configs[LIFECYCLE]:
                return None
            return [due for due in dues if carry_out(connection, found, rules, due, now_ms)]

    def believes(self, now_ms: int) -> bool:
        """Whether the clock may be right that says `now_ms`; see `model.clock_belief`."""
        with self._catalog.writing() as connection:
            before = find_belief(connection)
            is_believed, belief = before.hear(now_ms)
            if belief != before:
                keep_belief(connection, belief)
        return is_believed

    def _left_alone(
        self, bucket_id: int, rules: Sequence[LifecycleRule], now_ms: int, seen: Seen
    ) -> Seen:
        """A delete marker as it stands when the versions of its key that are due are gone."""
        facts = seen.facts
        if not facts.is_marker or facts.is_alone or facts.noncurrent_ms is not None:
            return seen
        mine = [rule for rule in rules if facts.key.startswith(rule.prefix.encode("utf-8"))]
        after = (facts.key, 0)
        while page := self._read(noncurrent_page, bucket_id, after, facts.key + b"\0"):
            for other in page:
                action = due_of(mine, other, now_ms)
                if action is None or action.kind is not ActionKind.REMOVE_VERSION:
                    return seen
            after = (facts.key, page[-1].sequence or 0)
        return seen._replace(facts=replace(facts, is_alone=True))

    def _noncurrent(
        self, bucket_id: int, rules: Sequence[LifecycleRule], prefix: bytes, end: bytes
    ) -> Iterator[Sequence[Seen]]:
        if not any(rule.noncurrent_expiration or rule.noncurrent_transitions for rule in rules):
            return
        after = (prefix, 0)
        while page := self._read(noncurrent_page, bucket_id, after, end):
            yield page
            after = (page[-1].facts.key, page[-1].sequence or 0)

    def _current(
        self, bucket_id: int, rules: Sequence[LifecycleRule], prefix: bytes, end: bytes
    ) -> Iterator[Sequence[Seen]]:
        if not any(
            rule.expiration or rule.transitions or rule.removes_expired_markers for rule in rules
        ):
            return
        first = prefix
        while page := self._read(current_page, bucket_id, first, end):
            yield page
            first = page[-1].facts.key + b"\0"

    def _uploads(
        self, bucket_id: int, rules: Sequence[LifecycleRule], prefix: bytes, end: bytes
    ) -> Iterator[Sequence[Seen]]:
        if not any(rule.abort for rule in rules):
            return
        after = (prefix, "")
        while page := self._read(upload_page, bucket_id, after, end):
            yield page
            after = (page[-1].facts.key, page[-1].upload_id or "")

    def _read(
        self, read: Callable[..., Sequence[Seen]], bucket_id: int, first: Any, end: bytes
    ) -> Sequence[Seen]:
        with self._catalog.reading() as connection:
            return read(connection.connection.cursor(), bucket_id, first, end, PAGE)


def _rules_of(bucket: Bucket) -> tuple[LifecycleRule, ...]:
    """Those of a bucket that are in force."""
    return kept_lifecycle(bucket.configs.get(LIFECYCLE)).in_force
