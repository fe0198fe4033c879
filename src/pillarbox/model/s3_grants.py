"""ACLs of S3 as lists of grants, and the ACLs here that say the same.

S3: "Access control list (ACL) overview". An ACL here names nobody: it lets everybody read, or
write too, or nobody but whom policies allow. A list of grants that says more can't be kept, and
what can't be kept is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pillarbox.model import refusals
from pillarbox.model.acl import BucketAcl

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"

FULL_CONTROL = "FULL_CONTROL"
READ = "READ"
WRITE = "WRITE"
PERMISSIONS = frozenset({FULL_CONTROL, READ, WRITE, "READ_ACP", "WRITE_ACP"})


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant.

    Attributes:
        grantee: id of an account, or URI of a group.
        permission: one of `PERMISSIONS`.
    """

    grantee: str
    permission: str

    @property
    def is_to_group(self) -> bool:
        """Whether the grantee is a group."""
        return "://" in self.grantee


def grants_of(acl: BucketAcl, owner_id: str) -> tuple[Grant, ...]:
    """What an ACL grants besides what policies do."""
    granted = {
        BucketAcl.PRIVATE: (),
        BucketAcl.PUBLIC_READ: (READ,),
        BucketAcl.PUBLIC_READ_WRITE: (READ, WRITE),
    }[acl]
    return (Grant(owner_id, FULL_CONTROL), *(Grant(ALL_USERS, one) for one in granted))


def acl_of(grants: Iterable[Grant], owner_id: str) -> BucketAcl:
    """The ACL that grants the same; what the owner is granted changes nothing.

    Raises:
        Refusal: `NotImplemented` for grants to others than the owner and everybody, to read or
            write the ACL, or to write and not to read.
    """
    to_all = set()
    for grant in grants:
        if grant.grantee == owner_id:
            continue
        if grant.grantee != ALL_USERS or grant.permission not in (READ, WRITE):
            raise _not_kept(grant)
        to_all.add(grant.permission)
    if to_all == {WRITE}:
        raise _not_kept(Grant(ALL_USERS, WRITE))
    if WRITE in to_all:
        return BucketAcl.PUBLIC_READ_WRITE
    return BucketAcl.PUBLIC_READ if to_all else BucketAcl.PRIVATE


def _not_kept(grant: Grant) -> refusals.Refusal:
    return refusals.NOT_IMPLEMENTED(
        f"The grant of {grant.permission} to {grant.grantee[:128]} is not implemented: an ACL here "
        "lets everybody read, or read and write. Bucket policies say more.",
    )
