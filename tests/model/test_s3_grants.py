"""Grants of S3 and the ACLs here that say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.acl import BucketAcl
from pillarbox.model.refusals import Refusal
from pillarbox.model.s3_grants import (
    ALL_USERS,
    FULL_CONTROL,
    PERMISSIONS,
    READ,
    WRITE,
    Grant,
    acl_of,
    grants_of,
)
from tests.refusing import refused

OWNER = "1234"
TO_ALL_READ, TO_ALL_WRITE = Grant(ALL_USERS, READ), Grant(ALL_USERS, WRITE)
OTHERS = ("5678", ALL_USERS.replace("AllUsers", "AuthenticatedUsers"), ALL_USERS.lower())


@pytest.mark.parametrize("acl", BucketAcl)
def test_an_acl_comes_back(acl: BucketAcl) -> None:
    grants = grants_of(acl, OWNER)
    assert grants[0] == Grant(OWNER, FULL_CONTROL)
    assert acl_of(grants, OWNER) is acl
    assert acl_of(reversed(grants), OWNER) is acl
    assert acl_of([*grants, *grants], OWNER) is acl


def test_what_the_owner_is_granted_changes_nothing() -> None:
    assert acl_of([], OWNER) is BucketAcl.PRIVATE
    assert acl_of([TO_ALL_READ], OWNER) is BucketAcl.PUBLIC_READ
    for permission in PERMISSIONS:
        assert acl_of([Grant(OWNER, permission)], OWNER) is BucketAcl.PRIVATE


@pytest.mark.parametrize("grantee", OTHERS)
@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_nobody_else_can_be_named(grantee: str, permission: str) -> None:
    with refused("NotImplemented", 501):
        acl_of([Grant(OWNER, FULL_CONTROL), Grant(grantee, permission)], OWNER)


@pytest.mark.parametrize("permission", sorted(PERMISSIONS - {READ, WRITE}))
def test_nobody_can_be_given_the_acl(permission: str) -> None:
    with refused("NotImplemented", 501):
        acl_of([TO_ALL_READ, TO_ALL_WRITE, Grant(ALL_USERS, permission)], OWNER)


def test_to_write_and_not_to_read() -> None:
    with refused("NotImplemented", 501):
        acl_of([TO_ALL_WRITE], OWNER)
    assert acl_of([TO_ALL_WRITE, TO_ALL_READ], OWNER) is BucketAcl.PUBLIC_READ_WRITE


GRANTS = st.builds(
    Grant, st.sampled_from([OWNER, ALL_USERS, *OTHERS]), st.sampled_from(sorted(PERMISSIONS))
)


@given(st.lists(GRANTS))
def test_an_acl_never_says_other_than_the_grants(grants: list[Grant]) -> None:
    try:
        acl = acl_of(grants, OWNER)
    except Refusal:
        return
    said = {grant for grant in grants if grant.grantee != OWNER}
    assert said == set(grants_of(acl, OWNER)[1:])


def test_groups_are_told_from_accounts() -> None:
    assert TO_ALL_READ.is_to_group
    assert not Grant(OWNER, READ).is_to_group
