"""May this caller do that: the decision by ownership, object ACL and bucket ACL.

OSS: "Bucket ACL", "Object ACL", and the table "Anonymous users" of its permission pages. An
object's ACL other than `default` overrides the bucket's, both ways.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from pillarbox.access.caller import Caller
from pillarbox.model import refusals
from pillarbox.model.acl import BucketAcl, ObjectAcl, WriteRule, effective_acl
from pillarbox.model.objects import Bucket

EC_ANONYMOUS = "0003-00000905"


class Need(Enum):
    """What an operation asks of its caller."""

    READ_OBJECT = "read the object"
    WRITE_OBJECT = "write the object"
    LIST_OBJECTS = "list the bucket's objects"
    CONFIGURE = "read or change settings"
    CONFIGURE_OBJECT = "read or change the object's ACL"


def authorize(
    caller: Caller,
    need: Need,
    bucket: Bucket,
    object_acl: ObjectAcl = ObjectAcl.DEFAULT,
    *,
    anonymous_list: bool = False,
) -> None:
    """Raise the refusal `AccessDenied` unless `caller` may do what `need` says.

    Args:
        object_acl: of the object concerned; `default` where there is none yet.
        anonymous_list: whether a public bucket may be listed by anybody. OSS says no.
    """
    if caller.account_id == bucket.owner_id:
        return
    acl = effective_acl(bucket.acl, object_acl)
    if need is Need.READ_OBJECT and acl is not BucketAcl.PRIVATE:
        return
    if need is Need.WRITE_OBJECT and acl is BucketAcl.PUBLIC_READ_WRITE:
        return
    if need is Need.LIST_OBJECTS and anonymous_list and bucket.acl is not BucketAcl.PRIVATE:
        return
    raise _denied(caller, need)


def decides_without_object(caller: Caller, bucket: Bucket) -> bool:
    """Whether no object ACL can change the decision, so that none need be read."""
    return caller.account_id == bucket.owner_id


def may_configure(caller: Caller, bucket: Bucket) -> bool:
    """Whether `caller` may read and change settings of objects, such as their tags."""
    return caller.account_id == bucket.owner_id


def write_rule(caller: Caller, bucket: Bucket) -> WriteRule | None:
    """`authorize` for writing, to be asked again by the transaction that writes.

    A body may take hours to come, and ACLs may change meanwhile. None for the bucket's owner,
    from whom no ACL can take the right.
    """
    if decides_without_object(caller, bucket):
        return None

    def judge(bucket_acl: BucketAcl, object_acl: ObjectAcl) -> None:
        authorize(caller, Need.WRITE_OBJECT, replace(bucket, acl=bucket_acl), object_acl)

    return judge


def authorize_service(caller: Caller) -> str:
    """The account that lists or creates buckets; anybody may not."""
    if caller.account_id is None:
        raise refusals.ACCESS_DENIED(
            "Anonymous access is forbidden for this operation.", ec=EC_ANONYMOUS
        )
    return caller.account_id


def _denied(caller: Caller, need: Need) -> refusals.Refusal:
    on_object = need in (Need.READ_OBJECT, Need.WRITE_OBJECT)
    if caller.anonymous:
        noun = "object" if on_object or need is Need.CONFIGURE_OBJECT else "bucket"
        return refusals.ACCESS_DENIED(
            f"Anonymous user has no right to access this {noun}.", ec=EC_ANONYMOUS
        )
    if on_object:
        return refusals.ACCESS_DENIED(
            "You have no right to access this object because of bucket acl."
        )
    return refusals.ACCESS_DENIED("AccessDenied")
