from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.cors import (
    MAX_RULES,
    METHODS,
    CorsConfiguration,
    CorsRule,
    check_cors,
    cors_document,
    is_origin_pattern,
    is_whole_origin,
    read_cors_document,
    read_max_age,
)
from pillarbox.model.refusals import Refusal

RULE = CorsRule(("https://a.example",), ("GET", "POST"), ("x-oss-*",), ("ETag",), 600)


def one(*origins: str) -> CorsConfiguration:
    return CorsConfiguration((CorsRule(origins, ("POST",), ("*",)),))


@pytest.mark.parametrize(
    ("pattern", "origin", "matches"),
    [
        ("*", "https://a.example", True),
        ("*", "null", True),
        ("null", "null", False),
        ("n*", "null", False),
        ("n*", "NULL", False),
        ("https://a.example", "https://a.example", True),
        ("https://A.Example", "HTTPS://a.exaMple", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://a.example.evil", False),
        ("https://a.example", "", False),
        ("http://localhost:*", "http://localhost:5173", True),
        ("http://localhost:*", "http://localhost", False),
        ("https://*.example.com", "https://a.b.example.com", True),
        ("https://*.example.com", "https://example.com", False),
        ("https://*.example.com", "https://a.example.com.evil", False),
        ("https://ab*ba.example", "https://aba.example", False),
        ("http*", "http://a\x80.example", False),
    ],
)
def test_origins(pattern: str, origin: str, matches: bool) -> None:
    assert (one(pattern).rule_for_request(origin, "POST") is not None) is matches


def test_the_first_rule_that_matches_decides() -> None:
    narrow, wide = RULE, CorsRule(("*",), ("GET",))
    both = CorsConfiguration((narrow, wide))
    assert both.rule_for_request("https://a.example", "GET") is narrow
    assert both.rule_for_request("https://b.example", "GET") is wide
    assert both.rule_for_request("https://a.example", "PUT") is None
    # A header that the first doesn't allow leads to the next.
    last = replace(narrow, headers=("*",))
    asked = CorsConfiguration((narrow, last))
    assert asked.rule_for_preflight("https://a.example", "POST", ["x-oss-acl"]) is narrow
    assert asked.rule_for_preflight("https://a.example", "POST", ["x-oss-acl", "range"]) is last
    assert asked.rule_for_preflight("https://a.example", "PUT", []) is None
    assert asked.rule_for_preflight("https://b.example", "POST", []) is None


def test_methods_are_compared_by_case() -> None:
    assert one("*").rule_for_request("https://a.example", "post") is None


@pytest.mark.parametrize(
    ("pattern", "name", "allowed"),
    [
        ("*", "x-requested-with", True),
        ("*", "no token", False),
        ("*", "", False),
        ("X-OSS-*", "x-oss-Meta-a", True),
        ("x-oss-*", "x-os", False),
        ("Authorization", "authorization", True),
        ("authorization", "authorizations", False),
    ],
)
def test_headers(pattern: str, name: str, allowed: bool) -> None:
    assert replace(RULE, headers=(pattern,)).allows_header(name) is allowed


def test_without_headers_none_may_be_asked_for() -> None:
    bare = CorsConfiguration((replace(RULE, headers=()),))
    assert bare.rule_for_preflight("https://a.example", "GET", []) is not None
    assert bare.rule_for_preflight("https://a.example", "GET", ["range"]) is None


@pytest.mark.parametrize(
    ("text", "accepted", "whole"),
    [
        ("*", True, True),
        ("https://a.example", True, True),
        ("http://localhost:*", True, True),
        ("https://*.example.com", True, True),
        ("http://[::1]:8000", True, True),
        ("http*://a.example", True, True),
        ("https://*", False, False),
        ("HTTP://*", False, False),
        ("https://*.a.*", False, False),
        ("", False, False),
        ("https://a b", False, False),
        ("https://é.example", False, False),
        ("https://a.example/", True, False),
        ("https://a.example/page", True, False),
        ("https://me@a.example", True, False),
        ("a.example", True, False),
        ("null", True, False),
        ("x" * 1025, False, False),
    ],
)
def test_which_origins_can_be_allowed(text: str, accepted: bool, whole: bool) -> None:
    assert (is_origin_pattern(text), is_whole_origin(text)) == (accepted, whole)


@pytest.mark.parametrize(
    ("rules", "code", "ec"),
    [
        ((), "MalformedXML", None),
        ((RULE,) * (MAX_RULES + 1), "CORSRuleBeyondLimit", "0034-00000006"),
        ((replace(RULE, origins=()),), "MalformedXML", None),
        ((replace(RULE, methods=()),), "MalformedXML", None),
        ((replace(RULE, origins=("https://*",)),), "InvalidArgument", "0034-00000009"),
        ((replace(RULE, methods=("OPTIONS",)),), "InvalidArgument", None),
        ((replace(RULE, methods=("get",)),), "InvalidArgument", None),
        ((replace(RULE, headers=("a*b*",)),), "InvalidArgument", None),
        ((replace(RULE, headers=("",)),), "InvalidArgument", None),
        ((replace(RULE, headers=("a\r\nb",)),), "InvalidArgument", None),
        ((replace(RULE, expose=("x-oss-*",)),), "InvalidArgument", "0034-00000013"),
        ((replace(RULE, expose=("a, b",)),), "InvalidArgument", "0034-00000013"),
    ],
)
def test_rules_that_are_refused(rules: tuple[CorsRule, ...], code: str, ec: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        check_cors(CorsConfiguration(rules))
    assert (refused.value.code, refused.value.ec) == (code, ec)


def test_rules_that_are_kept() -> None:
    check_cors(CorsConfiguration((RULE,) * MAX_RULES))
    check_cors(CorsConfiguration((CorsRule(("*",), METHODS),)))


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1e3", "1" * 10, "٣"])
def test_ages_that_are_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_max_age(text)
    assert refused.value.details == {"ArgumentName": "MaxAgeSeconds", "ArgumentValue": text}


def test_an_age() -> None:
    assert read_max_age("0") == 0
    assert read_max_age("9" * 9) == 999_999_999


_TEXTS = st.lists(st.text(max_size=8), max_size=3).map(tuple)
_RULES = st.builds(
    CorsRule, _TEXTS, _TEXTS, _TEXTS, _TEXTS, st.none() | st.integers(0, 999_999_999)
)


@given(st.builds(CorsConfiguration, st.lists(_RULES, max_size=3).map(tuple), st.booleans()))
def test_a_document_says_what_the_configuration_says(configuration: CorsConfiguration) -> None:
    assert read_cors_document(cors_document(configuration)) == configuration


_LABEL = st.text("abc*.-:", max_size=6)


@given(_LABEL.filter(lambda text: text.count("*") <= 1), _LABEL.filter(lambda t: "*" not in t))
def test_a_star_stands_for_anything(pattern: str, text: str) -> None:
    """The same by brute force: some part of the text in place of the star."""
    parts = {text[i:j] for i in range(len(text) + 1) for j in range(i, len(text) + 1)}
    expected = any(pattern.replace("*", part) == text for part in parts)
    rule = CorsRule((f"http://x{pattern}",), ("GET",))
    assert rule.allows(f"http://x{text}", "GET") is expected
