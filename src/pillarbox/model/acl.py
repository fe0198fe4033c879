"""Access control lists of buckets and objects (OSS: "Bucket ACL", "Object ACL")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum


class BucketAcl(StrEnum):
    """What the world may do with a bucket's objects; the values are those of the wire."""

    PRIVATE = "private"
    PUBLIC_READ = "public-read"
    PUBLIC_READ_WRITE = "public-read-write"


class ObjectAcl(StrEnum):
    """As `BucketAcl`, for one object; `default` inherits from the bucket."""

    DEFAULT = "default"
    PRIVATE = "private"
    PUBLIC_READ = "public-read"
    PUBLIC_READ_WRITE = "public-read-write"


def effective_acl(bucket: BucketAcl, object_: ObjectAcl) -> BucketAcl:
    """The ACL that counts: an object ACL other than `default` beats the bucket's, both ways."""
    if object_ is ObjectAcl.DEFAULT:
        return bucket
    return BucketAcl(object_.value)


TagReader = Callable[[], Mapping[str, str]]
"""Gives the tags of the object that stands under a key; none where there is no object."""

WriteRule = Callable[[BucketAcl, ObjectAcl, TagReader], None]
"""Given the ACLs of bucket and object as they stand now, and a reader of the object's tags, raises
the refusal `AccessDenied` unless the write may happen. An object that is not there has the ACL
`default`."""


def all_rules(*rules: WriteRule | None) -> WriteRule | None:
    """The rule that asks each of these, None if there is none to be asked."""
    asked = [rule for rule in rules if rule is not None]
    if len(asked) <= 1:
        return asked[0] if asked else None

    def judge(bucket_acl: BucketAcl, object_acl: ObjectAcl, tags: TagReader) -> None:
        for rule in asked:
            rule(bucket_acl, object_acl, tags)

    return judge
