"""Policies of the S3 dialect, where they differ."""

import pytest

from pillarbox.model.dialects import OSS, S3
from pillarbox.model.refusals import Refusal
from pillarbox.policy import (
    OSS_POLICY,
    S3_POLICY,
    PostPolicy,
    check_conditions,
    encode_policy,
    policy_rules,
    read_policy,
)
from tests.policy.documents import policy_text


def s3(*conditions: object) -> PostPolicy:
    return read_policy(encode_policy(policy_text(*conditions)), S3_POLICY)


def test_the_dialect_chooses() -> None:
    assert policy_rules(OSS) is OSS_POLICY
    assert policy_rules(S3) is S3_POLICY


@pytest.mark.parametrize("operator", ["in", "not-in", "IN"])
def test_there_are_no_lists(operator: str) -> None:
    with pytest.raises(Refusal, match=f"Invalid Condition: unknown operation '{operator}'"):
        s3([operator, "$key", ["a"]])


@pytest.mark.parametrize(
    "condition",
    [["eq", "$key", r"\$foo"], {"key": r"\$foo"}, ["Starts-With", "$key", r"\$fo"]],
)
def test_a_backslash_before_a_dollar_is_a_backslash(condition: object) -> None:
    check_conditions(s3(condition), {"key": r"\$foo"})
    with pytest.raises(Refusal, match="Policy Condition failed"):
        check_conditions(s3(condition), {"key": "$foo"})


@pytest.mark.parametrize(
    ("value", "passes"),
    [
        ("image/png", True),
        ("image/png,image/gif", True),
        ("image/png, image/gif", True),
        ("image/png,text/html", False),
        ("text/html,image/png", False),
        ("image/png,", False),
    ],
)
def test_each_of_several_types_must_begin_so(value: str, passes: bool) -> None:
    policy = s3(["starts-with", "$Content-Type", "image/"])
    if passes:
        check_conditions(policy, {"content-type": value})
    else:
        with pytest.raises(Refusal, match="Policy Condition failed"):
            check_conditions(policy, {"content-type": value})


def test_a_comma_in_another_field_is_a_comma() -> None:
    check_conditions(s3(["starts-with", "$key", "a"]), {"key": "a,b"})
    read = read_policy(encode_policy(policy_text(["starts-with", "$content-type", "a"])))
    check_conditions(read, {"content-type": "a,b"})


def test_the_empty_prefix_lets_a_field_be_absent() -> None:
    check_conditions(s3(["starts-with", "$Content-Type", ""]), {})
