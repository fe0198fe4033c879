from contextlib import AbstractContextManager, nullcontext

import pytest

from pillarbox.access.caller import ANONYMOUS, Caller
from pillarbox.access.decision import (
    Need,
    authorize,
    authorize_service,
    decides_without_object,
    may_configure,
    write_rule,
)
from pillarbox.model.acl import BucketAcl, ObjectAcl
from pillarbox.model.objects import Bucket
from pillarbox.model.refusals import Refusal
from tests.refusing import refused

OWNER = Caller("owner", "key")
OTHER = Caller("other", "key2")


def bucket(acl: BucketAcl = BucketAcl.PRIVATE) -> Bucket:
    return Bucket(1, "photos", "owner", acl, 0, "cn-hangzhou")


@pytest.mark.parametrize("need", Need)
@pytest.mark.parametrize("acl", BucketAcl)
@pytest.mark.parametrize("object_acl", ObjectAcl)
def test_the_owner_may_everything(need: Need, acl: BucketAcl, object_acl: ObjectAcl) -> None:
    authorize(OWNER, need, bucket(acl), object_acl)


@pytest.mark.parametrize("acl", BucketAcl)
def test_settings_are_the_owners(acl: BucketAcl) -> None:
    for caller, may in ((OWNER, True), (OTHER, False), (ANONYMOUS, False)):
        assert may_configure(caller, bucket(acl)) is may


#: OSS, "Object ACL": what anybody may do, by bucket ACL, object ACL.
PRIVATE, READ, WRITE = BucketAcl
MATRIX = {
    (PRIVATE, ObjectAcl.DEFAULT): "",
    (PRIVATE, ObjectAcl.PRIVATE): "",
    (PRIVATE, ObjectAcl.PUBLIC_READ): "r",
    (PRIVATE, ObjectAcl.PUBLIC_READ_WRITE): "rw",
    (READ, ObjectAcl.DEFAULT): "r",
    (READ, ObjectAcl.PRIVATE): "",
    (READ, ObjectAcl.PUBLIC_READ): "r",
    (READ, ObjectAcl.PUBLIC_READ_WRITE): "rw",
    (WRITE, ObjectAcl.DEFAULT): "rw",
    (WRITE, ObjectAcl.PRIVATE): "",
    (WRITE, ObjectAcl.PUBLIC_READ): "r",
    (WRITE, ObjectAcl.PUBLIC_READ_WRITE): "rw",
}


@pytest.mark.parametrize("caller", [ANONYMOUS, OTHER], ids=["anybody", "another account"])
@pytest.mark.parametrize(("acls", "rights"), MATRIX.items())
@pytest.mark.parametrize("need", [Need.READ_OBJECT, Need.WRITE_OBJECT])
def test_others_by_acl(
    caller: Caller, acls: tuple[BucketAcl, ObjectAcl], rights: str, need: Need
) -> None:
    granted = ("r" if need is Need.READ_OBJECT else "w") in rights
    if granted:
        expected: AbstractContextManager[None] = nullcontext()
    elif caller.anonymous:
        message = "Anonymous user has no right to access this object."
        expected = refused("AccessDenied", 403, message, ec="0003-00000905")
    else:
        message = "You have no right to access this object because of bucket acl."
        expected = refused("AccessDenied", 403, message, ec="0003-00000001")
    with expected:
        authorize(caller, need, bucket(acls[0]), acls[1])


@pytest.mark.parametrize("acl", BucketAcl)
@pytest.mark.parametrize("need", [Need.LIST_OBJECTS, Need.CONFIGURE])
def test_settings_and_listings_are_the_owners(acl: BucketAcl, need: Need) -> None:
    message = "Anonymous user has no right to access this bucket."
    with refused("AccessDenied", 403, message, ec="0003-00000905"):
        authorize(ANONYMOUS, need, bucket(acl))
    with refused("AccessDenied", 403, "AccessDenied", ec="0003-00000001"):
        authorize(OTHER, need, bucket(acl))


def test_an_operator_may_let_anybody_list_public_buckets() -> None:
    for acl in (READ, WRITE):
        authorize(ANONYMOUS, Need.LIST_OBJECTS, bucket(acl), anonymous_list=True)
    message = "Anonymous user has no right to access this bucket."
    with refused("AccessDenied", 403, message, ec="0003-00000905"):
        authorize(ANONYMOUS, Need.LIST_OBJECTS, bucket(), anonymous_list=True)
    with refused("AccessDenied", 403, message, ec="0003-00000905"):
        authorize(ANONYMOUS, Need.CONFIGURE, bucket(WRITE), anonymous_list=True)


def test_the_object_matters_to_others_only() -> None:
    assert decides_without_object(OWNER, bucket())
    assert not decides_without_object(OTHER, bucket())
    assert not decides_without_object(ANONYMOUS, bucket())


@pytest.mark.parametrize("caller", [ANONYMOUS, OTHER], ids=["anybody", "another account"])
@pytest.mark.parametrize(("acls", "rights"), MATRIX.items())
def test_the_rule_for_a_commit_judges_by_the_acls_that_it_is_shown(
    caller: Caller, acls: tuple[BucketAcl, ObjectAcl], rights: str
) -> None:
    rule = write_rule(caller, bucket(WRITE))  # as the bucket was when the upload began
    assert rule is not None
    with nullcontext() if "w" in rights else pytest.raises(Refusal, match="AccessDenied"):
        rule(*acls)


def test_no_rule_binds_the_owner() -> None:
    assert write_rule(OWNER, bucket(PRIVATE)) is None


def test_the_service_is_for_accounts() -> None:
    assert authorize_service(OWNER) == "owner"
    message = "Anonymous access is forbidden for this operation."
    with refused("AccessDenied", 403, message, ec="0003-00000905"):
        authorize_service(ANONYMOUS)
