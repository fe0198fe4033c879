"""Access control lists of buckets and objects (OSS: "Bucket ACL", "Object ACL")."""

from __future__ import annotations

from collections.abc import Callable
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


WriteRule = Callable[[BucketAcl, ObjectAcl], None]
"""Given the ACLs of bucket and object as they stand now, raises the refusal `AccessDenied` unless
the write may happen. An object that is not there has the ACL `default`."""
