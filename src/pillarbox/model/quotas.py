"""Quotas: what a bucket, or all buckets of an account together, may hold at most."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pillarbox.model import refusals

#: The kind of a bucket's document that holds its quota.
QUOTA = "quota"

#: SQLite and PostgreSQL count so far.
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Usage:
    """What is held, or what a change adds to it.

    Attributes:
        bytes: of all objects together, as they were uploaded, and of the parts of unfinished
            uploads.
        part_bytes: those of `bytes` that are of such parts.
    """

    bytes: int = 0
    objects: int = 0
    part_bytes: int = 0

    @classmethod
    def of_parts(cls, size: int) -> Usage:
        """That of parts, which are no object yet; `size` in bytes."""
        return cls(size, 0, size)

    def __add__(self, more: Usage) -> Usage:
        return Usage(
            self.bytes + more.bytes,
            self.objects + more.objects,
            self.part_bytes + more.part_bytes,
        )

    def __neg__(self) -> Usage:
        return Usage(-self.bytes, -self.objects, -self.part_bytes)

    def __sub__(self, less: Usage) -> Usage:
        return self + -less


@dataclass(frozen=True, slots=True)
class Quota:
    """The bounds.

    Attributes:
        bytes: None for no bound; 0 lets nothing in but empty objects.
        objects: likewise; 0 lets no new object in.

    Raises ValueError for a bound that is negative or too large to be counted.
    """

    bytes: int | None = None
    objects: int | None = None

    def __post_init__(self) -> None:
        for bound in (self.bytes, self.objects):
            if bound is not None and not 0 <= bound <= _LARGEST:
                raise ValueError(f"the quota {bound} is not between 0 and {_LARGEST}")

    @property
    def is_bound(self) -> bool:
        """Whether it bounds anything."""
        return self.bytes is not None or self.objects is not None


#: That of who has none.
NO_QUOTA = Quota()


def check_quota(quota: Quota, used: Usage, more: Usage, noun: str) -> None:
    """Refuse `QuotaExceeded` if what holds `used` may not grow by `more`.

    What doesn't grow passes, also where a quota was set lower than what is there.

    Args:
        more: what a change adds; for an object that replaces another, the difference.
        noun: `Bucket` or `Account`.
    """
    if quota.bytes is not None and 0 < more.bytes > quota.bytes - used.bytes:
        # The text for a bucket is OSS's (PHP SDK: live test of putBucketStorageCapacity).
        refusal = refusals.QUOTA_EXCEEDED(f"{noun} storage exceed max storage capacity.")
        in_parts = (
            f", {used.part_bytes} of them in parts of unfinished uploads,"
            if used.part_bytes
            else ""
        )
        refusal.hint = _hint(noun, f"bytes{in_parts}", used.bytes, more.bytes, quota.bytes)
        raise refusal
    if quota.objects is not None and 0 < more.objects > quota.objects - used.objects:
        refusal = refusals.QUOTA_EXCEEDED(f"{noun} objects exceed max object count.")
        refusal.hint = _hint(noun, "objects", used.objects, more.objects, quota.objects)
        raise refusal


_COMMANDS = {"Bucket": "pillarbox bucket-quota", "Account": "pillarbox account quota"}


def _hint(noun: str, unit: str, used: int, more: int, bound: int) -> str:
    return (
        f"The {noun.lower()} holds {used} of {bound} {unit} and this adds {more}: delete "
        f"something, or set another quota by `{_COMMANDS[noun]}`."
    )


def quota_document(quota: Quota) -> str:
    """The quota as the document of a bucket."""
    return json.dumps({"bytes": quota.bytes, "objects": quota.objects})


def read_quota_document(document: str | None) -> Quota:
    """The inverse of `quota_document`; None is no quota."""
    if document is None:
        return NO_QUOTA
    members = json.loads(document)
    return Quota(members["bytes"], members["objects"])
