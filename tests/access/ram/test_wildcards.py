"""`*` and `?` in patterns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.access.ram.wildcards import matches_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("*", "", True),
        ("*", "a\nb", True),
        ("?", "", False),
        ("?", "a", True),
        ("?", "ab", False),
        ("a*", "a", True),
        ("a*", "ba", False),
        ("*a*a", "a", False),
        ("*a*a", "aa", True),
        ("a*b*c", "abcbc", True),
        ("a*b*c", "acb", False),
        ("[a]*", "[a]b", True),
        ("[a]*", "ab", False),
        ("photos/*", "photos", False),
        ("photos*", "photos/x", True),
        ("a.c", "abc", False),
        ("Put*", "put", False),
    ],
)
def test_stands_for_the_whole_text(pattern: str, text: str, expected: bool) -> None:
    assert matches_pattern(pattern, text) is expected


def test_letter_case_can_be_ignored() -> None:
    assert matches_pattern("oss:Put*t", "OSS:PUTOBJECT", ignore_case=True)
    assert matches_pattern("oss:putobject", "oss:PutObject", ignore_case=True)
    assert matches_pattern("*S*t*", "oss:PutObject", ignore_case=True)


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_agrees_with_the_regular_expression(pattern: str, text: str) -> None:
    spelled = pattern.replace("*", ".*").replace("?", ".")
    assert matches_pattern(pattern, text) is (re.fullmatch(spelled, text) is not None)


def test_many_stars_do_not_take_for_ever() -> None:
    assert not matches_pattern("*a" * 500 + "*b", "a" * 1000)
