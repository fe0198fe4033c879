"""Conditions on tags of objects: how they are read, when they hold, when tags are to be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from pillarbox.access.ram import (
    Condition,
    DocumentKind,
    Effect,
    RamPolicy,
    RamPolicyError,
    evaluate,
    looks_at,
    read_ram_policy,
)
from pillarbox.access.ram.conditions import read_condition
from tests.access.ram.questions import context, question

EXISTING = "oss:ExistingObjectTag/class"
REQUESTED = "oss:RequestObjectTag/class"
IN_FORMS = {"StringEquals": {EXISTING: "open"}, "Bool": {"pillarbox:Form": "true"}}


def about_existing(condition: Condition) -> bool:
    return condition.looks_at_existing_tags


def about_requested(condition: Condition) -> bool:
    return condition.looks_at_request_tags


def policy(key: str = EXISTING, **changes: Any) -> RamPolicy:
    statement = {
        "Effect": "Allow",
        "Action": "oss:PutObject",
        "Resource": "acs:oss:*:*:photos/incoming/*",
        "Condition": {"StringEquals": {key: "open"}},
    }
    text = json.dumps({"Version": "1", "Statement": [statement | changes]})
    return read_ram_policy(text, DocumentKind.IDENTITY)


@pytest.mark.parametrize(
    ("operator", "tags", "holds"),
    [
        ("StringEquals", {"class": "open"}, True),
        ("StringEquals", {"class": "Open"}, False),
        ("StringEquals", {"Class": "open"}, False),
        ("StringEquals", {}, False),
        ("StringEquals", None, False),
        ("StringEqualsIgnoreCase", {"class": "OPEN"}, True),
        ("StringLike", {"class": "open-to-all"}, False),
        ("StringNotEquals", {"class": "open"}, False),
        ("StringNotEquals", {"class": "secret"}, True),
        ("StringNotEquals", {}, True),
        ("StringNotEquals", None, True),
        ("StringNotLike", {"class": "open"}, False),
    ],
)
def test_a_tag_is_compared_as_any_text_and_a_missing_one_as_any_missing_key(
    operator: str, tags: Mapping[str, str] | None, holds: bool
) -> None:
    existing = read_condition(operator, EXISTING, ["open"])
    requested = read_condition(operator, REQUESTED, ["open"])
    assert existing.holds(context(existing_tags=tags)) is holds
    assert requested.holds(context(request_tags=tags)) is holds
    # Neither looks at what the other is about.
    others = {"class": "open"}
    assert existing.holds(context(request_tags=others)) is existing.holds(context())
    assert requested.holds(context(existing_tags=others)) is requested.holds(context())


def test_patterns_reach_over_a_tags_value() -> None:
    condition = read_condition("StringLike", EXISTING, ["secret-*", "open?"])
    assert condition.holds(context(existing_tags={"class": "secret-7"}))
    assert condition.holds(context(existing_tags={"class": "open1"}))
    assert not condition.holds(context(existing_tags={"class": "open"}))


def test_letter_case_counts_in_the_tags_key_and_nowhere_before_it() -> None:
    condition = read_condition("StringEquals", "OSS:EXISTINGOBJECTTAG/a/B", ["1"])
    assert (condition.key, condition.tag) == ("oss:existingobjecttag", "a/B")
    assert condition.holds(context(existing_tags={"a/B": "1"}))
    assert not condition.holds(context(existing_tags={"a/b": "1"}))


@pytest.mark.parametrize(
    "key",
    [
        "oss:ExistingObjectTag",
        "oss:ExistingObjectTag/",
        "oss:RequestObjectTag/" + "k" * 129,
        "oss:RequestObjectTag/a<b",
        "oss:RequestObjectTagKeys",
        "s3:ExistingObjectTag/class",
        "oss:Prefix/class",
    ],
)
def test_a_key_that_no_tag_can_have_is_not_understood(key: str) -> None:
    with pytest.raises(RamPolicyError, match=r"statement 1: the condition key .* not understood"):
        policy(key)


def test_a_tag_is_a_text_for_operators() -> None:
    with pytest.raises(RamPolicyError, match="can't be asked about the key oss:Exist"):
        policy(Condition={"IpAddress": {EXISTING: "192.0.2.7"}})


def test_statements_decide_by_tags() -> None:
    allowed = evaluate([policy()], question(existing_tags={"class": "open"}))
    assert allowed.effect is Effect.ALLOW
    assert evaluate([policy()], question(existing_tags={})).effect is None


@pytest.mark.parametrize(
    ("changes", "asked", "looks"),
    [
        ({}, {}, True),
        ({}, {"action": "oss:GetObject"}, False),
        ({}, {"key": "elsewhere/a.pdf"}, False),
        ({"Condition": {}}, {}, False),
        ({"Condition": IN_FORMS}, {}, False),
        ({"Condition": IN_FORMS}, {"form": True}, True),
        # Two tags, neither of which anybody has read: the one must not hide the other.
        ({"Condition": {"StringEquals": {EXISTING: "open", REQUESTED: "open"}}}, {}, True),
    ],
)
def test_tags_are_to_be_read_only_where_a_statement_may_hang_on_them(
    changes: dict[str, Any], asked: dict[str, Any], looks: bool
) -> None:
    assert looks_at([policy(**changes)], question(**asked), about_existing) is looks


def test_each_kind_of_tags_is_read_for_itself() -> None:
    assert not looks_at([policy()], question(), about_requested)
    assert looks_at([policy(REQUESTED)], question(), about_requested)
    assert not looks_at([policy(REQUESTED)], question(), about_existing)


def test_only_statements_with_such_conditions_are_gone_through() -> None:
    assert policy(Condition={}).of_tags == ()
    assert policy().of_tags == policy().statements
