"""Every operator against present, absent, other and dollar values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.policy import (
    ContentLengthRange,
    Equals,
    FieldCondition,
    In,
    NotIn,
    SizeRange,
    StartsWith,
)


@pytest.mark.parametrize(
    ("condition", "value", "matches"),
    [
        (Equals("key", "a"), "a", True),
        (Equals("key", "a"), "A", False),
        (Equals("key", "a"), "ab", False),
        (Equals("key", "a"), "", False),
        (Equals("key", "a"), None, False),
        (Equals("key", ""), "", True),
        (Equals("key", ""), None, False),
        (Equals("key", r"u/\${filename}"), "u/${filename}", True),
        (Equals("key", r"u/\${filename}"), r"u/\${filename}", True),
        (Equals("key", r"\$a\$b"), "$a$b", True),
        (Equals("key", r"\$a\$b"), r"$a\$b", False),
        (Equals("key", "u/${filename}"), "u/${filename}", True),
        (Equals("key", "u/${filename}"), r"u/\${filename}", False),
        (StartsWith("key", "user/"), "user/", True),
        (StartsWith("key", "user/"), "user/a", True),
        (StartsWith("key", "user/"), "User/a", False),
        (StartsWith("key", "user/"), "a/user/", False),
        (StartsWith("key", "user/"), "user", False),
        (StartsWith("key", "user/"), None, False),
        (StartsWith("key", "XX"), None, False),
        (StartsWith("key", ""), None, True),
        (StartsWith("key", ""), "", True),
        (StartsWith("key", ""), "a", True),
        (StartsWith("key", r"\$"), "$a", True),
        (StartsWith("key", r"\$"), r"\$a", True),
        (StartsWith("key", r"\$"), "a", False),
        (StartsWith("key", r"\$"), None, False),
        (In("t", ("a", "b")), "a", True),
        (In("t", ("a", "b")), "b", True),
        (In("t", ("a", "b")), "B", False),
        (In("t", ("ab",)), "a", False),
        (In("t", ("a", "b")), None, False),
        (In("t", ("",)), None, False),
        (In("t", ("",)), "", True),
        (In("t", ()), "a", False),
        (In("t", ()), None, False),
        (In("t", ("a", r"\$b")), "$b", True),
        (In("t", ("a", r"\$b")), r"\$b", True),
        (In("t", ("a", "$b")), r"\$b", False),
        (NotIn("t", ("a", "b")), "a", False),
        (NotIn("t", ("a", "b")), "b", False),
        (NotIn("t", ("a", "b")), "c", True),
        (NotIn("t", ("a", "b")), "A", True),
        (NotIn("t", ("a", "b")), "", True),
        (NotIn("t", ("a", "b")), None, True),
        (NotIn("t", ("",)), None, True),
        (NotIn("t", ("",)), "", False),
        (NotIn("t", ()), "a", True),
        (NotIn("t", (r"\$b",)), "$b", False),
        (NotIn("t", (r"\$b",)), r"\$b", False),
        (NotIn("t", ("$b",)), r"\$b", True),
    ],
)
def test_a_condition_matches(condition: FieldCondition, value: str | None, matches: bool) -> None:
    assert condition.matches(value) is matches


@pytest.mark.parametrize(
    ("condition", "rendered", "expected"),
    [
        (Equals("bucket", "photos"), '["eq", "$bucket", "photos"]', "photos"),
        (
            StartsWith("Key", "用户/"),
            '["starts-with", "$Key", "用户/"]',
            'a value that starts with "用户/"',
        ),
        (
            In("content-type", ("image/jpg", "image/png")),
            '["in", "$content-type", ["image/jpg", "image/png"]]',
            'one of ["image/jpg", "image/png"]',
        ),
        (NotIn("x", ("é",)), '["not-in", "$x", ["é"]]', 'none of ["é"]'),
        (NotIn("x", ()), '["not-in", "$x", []]', "none of []"),
        (Equals("x", '"\n'), r'["eq", "$x", "\"\n"]', '"\n'),
        (Equals("x", "\\$"), r'["eq", "$x", "\\$"]', "\\$"),
    ],
)
def test_how_a_condition_is_shown(condition: FieldCondition, rendered: str, expected: str) -> None:
    assert condition.render() == rendered
    assert condition.expected() == expected


def test_a_size_range_is_shown_and_understood() -> None:
    condition = ContentLengthRange(1, 10)
    assert condition.render() == '["content-length-range", 1, 10]'
    assert condition.sizes == SizeRange(1, 10)


def test_a_field_keeps_its_spelling_and_folds_its_name() -> None:
    condition = Equals("X-Oss-Meta-Ünï", "v")
    assert (condition.field, condition.name) == ("X-Oss-Meta-Ünï", "x-oss-meta-Ünï")
    assert repr(condition) == "Equals(field='X-Oss-Meta-Ünï', text='v')"


@pytest.mark.parametrize("condition", [Equals("a", "b"), In("a", ("b",)), ContentLengthRange(0, 1)])
def test_conditions_do_not_change(condition: object) -> None:
    for name in ("field", "text", "texts", "minimum"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(condition, name, "x")


texts = st.text(st.sampled_from("ab\\$"), max_size=4)
values = st.none() | texts


@given(texts, values)
def test_eq_and_in_of_one_agree(text: str, value: str | None) -> None:
    assert Equals("f", text).matches(value) == In("f", (text,)).matches(value)


@given(st.lists(texts, max_size=3), values)
def test_not_in_is_the_opposite_of_in(listed: list[str], value: str | None) -> None:
    listed_texts = tuple(listed)
    assert NotIn("f", listed_texts).matches(value) != In("f", listed_texts).matches(value)


@given(texts, texts)
def test_starts_with_is_eq_for_some_beginning(prefix: str, value: str) -> None:
    beginnings = (value[:end] for end in range(len(value) + 1))
    expected = any(Equals("f", prefix).matches(beginning) for beginning in beginnings)
    assert StartsWith("f", prefix).matches(value) == expected


@given(st.text(min_size=1), st.lists(st.text(), max_size=3))
def test_what_is_shown_is_json(field: str, listed: list[str]) -> None:
    assert json.loads(In(field, tuple(listed)).render()) == ["in", f"${field}", listed]
    assert json.loads(Equals(field, field).render()) == ["eq", f"${field}", field]
