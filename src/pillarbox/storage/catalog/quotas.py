"""Quotas in the catalog, and holding to them whatever makes a bucket grow.

Whoever writes objects asks in the transaction that commits, so of two uploads at once that fit only
one by one, one is refused. What is held is read only where there is a quota.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from pillarbox.model.quotas import NO_QUOTA, Quota, Usage, check_quota, read_quota_document
from pillarbox.storage.catalog import statements
from pillarbox.storage.generation import Generation, GenerationCache


@dataclass(frozen=True, slots=True)
class BucketQuotas:
    """The quotas that bear on a bucket.

    Attributes:
        owner_id: the account that owns it.
        own: the bucket's own.
        of_owner: what all buckets of the owner may hold together.
    """

    owner_id: str = ""
    own: Quota = NO_QUOTA
    of_owner: Quota = NO_QUOTA


def find_quotas(cursor: Any, bucket_id: int) -> BucketQuotas:
    """The quotas that bear on a bucket, by a cursor of the driver."""
    row = cursor.execute(statements.QUOTAS, (bucket_id,)).fetchone()
    if row is None:
        return BucketQuotas()
    owner_id, quota_bytes, quota_objects, document = row
    return BucketQuotas(owner_id, read_quota_document(document), Quota(quota_bytes, quota_objects))


def bucket_usage(cursor: Any, bucket_id: int) -> Usage:
    """What a bucket holds, by a cursor of the driver."""
    return _usage(cursor.execute(statements.BUCKET_USAGE, (bucket_id,)).fetchone())


def account_usage(cursor: Any, account_id: str) -> Usage:
    """What all buckets of an account hold together, by a cursor of the driver."""
    return _usage(cursor.execute(statements.ACCOUNT_USAGE, (account_id,)).fetchone())


class KnownQuotas:
    """The quotas of buckets, from memory unless something changed. For one thread."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._known: GenerationCache[int, BucketQuotas] = GenerationCache(generation)

    def of(self, cursor: Any, bucket_id: int) -> BucketQuotas:
        """The quotas that bear on a bucket; for who holds the catalog's lock."""
        found = self._known.get(bucket_id)
        if found is None:
            generation = self._generation.current()
            found = find_quotas(cursor, bucket_id)
            self._known.put(bucket_id, found, generation)
        return found


class QuotaWatch:
    """Holds the changes of one transaction to the quotas, counting what those before it add."""

    def __init__(self, cursor: Any, known: KnownQuotas | None = None) -> None:
        """`known` saves reading the quotas again."""
        self._cursor = cursor
        self._known = known
        self._used: dict[tuple[str, int | str], Usage] = {}

    def admit(self, bucket_id: int, more: Usage) -> None:
        """Refuse `QuotaExceeded`, or count that a bucket grows by `more`."""
        if self._known is not None:
            quotas = self._known.of(self._cursor, bucket_id)
        else:
            quotas = find_quotas(self._cursor, bucket_id)
        if not quotas.own.is_bound and not quotas.of_owner.is_bound:
            return
        of_bucket = self._used_by_bucket(bucket_id)
        of_owner = self._used_by_account(quotas.owner_id)
        check_quota(quotas.own, of_bucket, more, "Bucket")
        check_quota(quotas.of_owner, of_owner, more, "Account")
        self._used["bucket", bucket_id] = of_bucket + more
        self._used["account", quotas.owner_id] = of_owner + more

    def _used_by_bucket(self, bucket_id: int) -> Usage:
        known = self._used.get(("bucket", bucket_id))
        return bucket_usage(self._cursor, bucket_id) if known is None else known

    def _used_by_account(self, account_id: str) -> Usage:
        known = self._used.get(("account", account_id))
        return account_usage(self._cursor, account_id) if known is None else known


def hold_to_quotas(connection: Connection, bucket_id: int, more: Usage) -> None:
    """Refuse `QuotaExceeded` unless a bucket may grow by `more`; before anything is written.

    For whoever makes a single object or part in a transaction.
    """
    QuotaWatch(connection.connection.cursor()).admit(bucket_id, more)


def _usage(row: tuple[int | None, int | None, int | None]) -> Usage:
    size, objects, part_bytes = row
    return Usage(size or 0, objects or 0, part_bytes or 0)
