from typing import Any

import pytest

from pillarbox.forms import Credentials, PostForm, SignedForm
from pillarbox.forms.post_policy import field_conditions, key_prefix_of, literal

CREDENTIALS = Credentials("TestAccessKeyId01", "TestAccessKeySecret0123456789")


def sign(*conditions: Any, **changes: Any) -> SignedForm:
    usual: dict[str, Any] = {
        "endpoint": "https://oss.example.com",
        "bucket": "photos",
        "key_prefix": "user/eric/",
        "max_size": 10,
        "content_types": ("image/png", "image/jpeg"),
        "conditions": conditions,
    }
    return PostForm(**(usual | changes)).sign_v1(CREDENTIALS)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"bucket": "other"}, "own bucket 'photos' does not keep"),
        (["starts-with", "$key", "user/anna/"], "own key 'user/eric/"),
        (["eq", "$KEY", "user/eric/a"], "own KEY 'user/eric/"),
        ({"x-oss-object-acl": "private"}, "own x-oss-object-acl 'default'"),
        (["content-length-range", 11, 20], "no size fits all .* at least 11 and at most 10"),
        (["in", "$content-type", ["image/gif"]], "none of the content types image/png, image/j"),
        (["ends-with", "$key", "x"], "the policy is none: .*unknown operation 'ends-with'"),
        (["eq", "$key"], "the policy is none: .*wrong number"),
        ({}, "the policy is none"),
        (["content-length-range", 1.5, 2], "the policy is none"),
    ],
)
def test_refuses_conditions_that_no_upload_can_keep(condition: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sign(condition)


def test_refuses_too_many_conditions() -> None:
    with pytest.raises(ValueError, match="at most 1000"):
        sign(*([{"bucket": "photos"}] * 1000))


@pytest.mark.parametrize(
    "condition",
    [
        ["content-length-range", 5, 20],
        ["in", "$Content-Type", ["image/gif", "image/jpeg"]],
        ["eq", "$key", r"user/eric/\${filename}"],
        {"x-oss-object-acl": "default"},
    ],
)
def test_further_conditions_come_last(condition: Any) -> None:
    signed = sign(condition)
    assert signed.doubts == ()
    assert signed.policy.endswith("]]}" if isinstance(condition, list) else "}]}")


def test_a_condition_on_the_type_without_types() -> None:
    signed = sign(["starts-with", "$content-type", "image/"], content_types=())
    assert signed.doubts == ()


def test_fields_that_are_empty_are_not_held() -> None:
    assert list(field_conditions([("a", ""), ("b", "c$")])) == [["eq", "$b", r"c\$"]]


def test_prefixes_and_literals() -> None:
    assert key_prefix_of("a/${filename}") == "a/"
    assert key_prefix_of("${filename}") == ""
    assert key_prefix_of("a/${filename}.txt") is None
    assert literal("a$b$") == r"a\$b\$"
