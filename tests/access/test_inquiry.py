"""One question asked twice: of what was read, and of what stands when it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from pillarbox.access.decision import Grants
from pillarbox.access.inquiry import Inquiry
from pillarbox.access.ram import DocumentKind, read_ram_policy
from pillarbox.model.acl import BucketAcl, ObjectAcl, all_rules
from pillarbox.model.objects import ObjectHeaders, StoredObject
from pillarbox.model.refusals import Refusal
from tests.access.ram.questions import ACCOUNT, OWNER, question

LOCKED = {"locked": "yes"}


def grants(effect: str = "Deny", acl: BucketAcl = BucketAcl.PRIVATE, **condition: Any) -> Grants:
    condition = condition or {"StringEquals": {"oss:ExistingObjectTag/locked": "yes"}}
    statement = {
        "Effect": effect,
        "Principal": "*",
        "Action": "oss:PutObject",
        "Resource": "acs:oss:*:*:photos/*",
        "Condition": condition,
    }
    text = json.dumps({"Version": "1", "Statement": [statement]})
    return Grants(bucket=read_ram_policy(text, DocumentKind.BUCKET), bucket_acl=acl)


def stored(tags: Mapping[str, str]) -> StoredObject:
    return StoredObject(
        bucket_id=1,
        key=b"incoming/a.pdf",
        blob_id=None,
        size=0,
        etag="",
        md5=b"",
        crc64=0,
        modified_ms=0,
        headers=ObjectHeaders(),
        acl=ObjectAcl.DEFAULT,
        owner_id=OWNER,
        tags=tags,
        storage_class="Standard",
    )


def denied() -> AbstractContextManager[Any]:
    return pytest.raises(Refusal, match=r"^AccessDenied: ")


def never() -> Mapping[str, str]:
    raise AssertionError("nobody wants to know these tags")


def test_an_account_is_denied_by_a_tag_that_it_finds_and_by_none_that_it_does_not() -> None:
    inquiry = Inquiry(question(requester=ACCOUNT), grants())
    assert not inquiry.is_settled()
    inquiry.check(None)
    inquiry.check(stored({"locked": "no"}))
    with denied():
        inquiry.check(stored(LOCKED))


def test_the_rule_of_a_write_reads_the_tags_that_stand_then() -> None:
    rule = Inquiry(question(requester=ACCOUNT), grants()).write_rule()
    rule(BucketAcl.PRIVATE, ObjectAcl.DEFAULT, dict)
    with denied():
        rule(BucketAcl.PRIVATE, ObjectAcl.DEFAULT, lambda: LOCKED)


@pytest.mark.parametrize(
    "asked",
    [
        question("oss:GetObject", requester=ACCOUNT),
        replace(question(requester=ACCOUNT), bucket="others"),
    ],
)
def test_tags_that_no_policy_names_here_are_never_read(asked: Any) -> None:
    inquiry = Inquiry(asked, grants())
    assert inquiry.is_settled()
    inquiry.giving(never).seeing(never).check(stored(LOCKED))
    inquiry.write_rule()(BucketAcl.PRIVATE, ObjectAcl.DEFAULT, never)


def test_a_bucket_itself_has_no_tags_of_an_object() -> None:
    assert not Inquiry(question(key=None), grants()).looks_at_existing_tags


def test_what_the_request_gives_is_read_once_and_kept_for_the_commit() -> None:
    only_open = grants("Allow", StringEquals={"oss:RequestObjectTag/class": "open"})
    inquiry = Inquiry(question(), only_open)
    assert inquiry.looks_at_request_tags
    with denied():
        inquiry.check()
    given = inquiry.giving(lambda: {"class": "open"})
    given.check()
    assert given.is_settled()
    given.giving(never).write_rule()(BucketAcl.PRIVATE, ObjectAcl.DEFAULT, never)
    with denied():
        inquiry.giving(dict).check()


def test_an_acl_decides_where_tags_leave_it_open() -> None:
    asked = Inquiry(question(requester=replace(ACCOUNT, account_id=None)), grants())
    with denied():
        asked.check(stored({}))
    public = replace(asked, grants=grants(acl=BucketAcl.PUBLIC_READ_WRITE))
    public.check(stored({}))
    with denied():
        public.check(stored(LOCKED))


def test_what_acls_grant_along_is_denied_by_policies_alone() -> None:
    asked = Inquiry(question(requester=replace(ACCOUNT, account_id=None)), grants(), granted=True)
    assert not asked.is_settled()
    asked.check(stored({}))
    with denied():
        asked.check(stored(LOCKED))
    assert replace(asked, grants=Grants()).is_settled()


def test_rules_are_asked_one_after_the_other() -> None:
    rule = Inquiry(question(requester=ACCOUNT), grants()).write_rule()
    harmless = Inquiry(question(requester=ACCOUNT), Grants()).write_rule()
    assert all_rules(None, None) is None
    assert all_rules(None, rule) is rule
    both = all_rules(harmless, rule)
    assert both is not None
    both(BucketAcl.PRIVATE, ObjectAcl.DEFAULT, dict)
    with denied():
        both(BucketAcl.PRIVATE, ObjectAcl.DEFAULT, lambda: LOCKED)
