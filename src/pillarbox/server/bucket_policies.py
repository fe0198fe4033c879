"""Bucket policies as they are kept: read once, and then from memory."""

from __future__ import annotations

from functools import lru_cache

from pillarbox.access.ram import DocumentKind, RamPolicy, kept_ram_policy
from pillarbox.model.objects import Bucket

#: Kind of the document in `Bucket.configs`: the JSON that PutBucketPolicy was given.
BUCKET_POLICY = "policy"


@lru_cache(maxsize=1024)
def _read(text: str) -> RamPolicy:
    return kept_ram_policy(text, DocumentKind.BUCKET)


def bucket_policy_of(bucket: Bucket) -> RamPolicy | None:
    """The policy of a bucket, None if it has none."""
    document = bucket.configs.get(BUCKET_POLICY)
    return None if document is None else _read(document)
