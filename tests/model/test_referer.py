import pytest

from pillarbox.model.referer import (
    MAX_REFERER_LENGTH,
    RefererConfiguration,
    check_referers,
    read_referer_document,
    referer_document,
)
from tests.refusing import refused

WHOLE = RefererConfiguration(False, False, True, ("a*", "b?"), ("ü",))


@pytest.mark.parametrize(
    ("pattern", "referer", "allowed"),
    [
        ("http://www.example.com", "http://www.example.com/page", True),
        ("http://www.example.com", "http://www.example.com.other/", True),  # a prefix, as OSS says
        ("http://www.example.com/", "http://www.example.com.other/", False),
        ("http://www.example.com", "https://www.example.com/", False),
        ("www.example.com", "http://www.example.com/", False),
        ("*www.example.com/", "https://www.example.com/", True),
        ("HTTP://*.Example.com", "http://A.example.COM/", True),
        ("http://*.example.com", "http://example.com/", False),
        ("http://www.?.com", "http://www.a.com/", True),
        ("http://www.?.com", "http://www.ab.com/", False),
        ("http://www.?.com", "http://www..com/", False),
        ("http://www.a.com", "http://wwwXa.com/", False),
        ("http://*a*b", "http://xbxa/", False),
        ("http://*a*b", "http://xaxxb/", True),
        ("*", "anything", True),
        ("ab*ba", "aba", False),
    ],
)
def test_patterns(pattern: str, referer: str, allowed: bool) -> None:
    assert RefererConfiguration(allowed=(pattern,)).allows(referer) is allowed
    assert RefererConfiguration(refused=(pattern,)).allows(referer) is not allowed


def test_the_blacklist_goes_first() -> None:
    rules = RefererConfiguration(allowed=("http://*.example.com",), refused=("http://bad.",))
    assert rules.allows("http://good.example.com/")
    assert not rules.allows("http://bad.example.com/")


@pytest.mark.parametrize(
    ("allow_empty", "allowed", "empty_comes_in"),
    [
        (True, ("http://a",), True),
        (False, ("http://a",), False),
        (False, (), True),
    ],
)
def test_a_request_without_referer(
    allow_empty: bool, allowed: tuple[str, ...], empty_comes_in: bool
) -> None:
    rules = RefererConfiguration(allow_empty=allow_empty, allowed=allowed)
    assert rules.allows("") is empty_comes_in


def test_what_is_cut_off_a_referer() -> None:
    page = "http://host/path?from=shop"
    by_query, by_path = ("*shop",), ("*path",)
    assert not RefererConfiguration(allowed=by_query).allows(page)
    assert RefererConfiguration(allowed=by_query, truncate_query=False).allows(page)
    assert RefererConfiguration(allowed=by_path).allows(page)
    assert not RefererConfiguration(allowed=by_path, truncate_path=True).allows(page)
    in_path = RefererConfiguration(allowed=("http://host",), truncate_path=True)
    assert in_path.allows(page)
    assert not RefererConfiguration(allowed=("*a",), truncate_path=True).allows("no-url?a")


def test_an_endless_referer_is_no_page() -> None:
    long = "http://a/" + "x" * MAX_REFERER_LENGTH
    assert not RefererConfiguration(allowed=("*",)).allows(long)
    assert not RefererConfiguration(refused=("http://b",)).allows(long)
    assert RefererConfiguration().allows(long)


@pytest.mark.parametrize("pattern", ["", "a\nb"])
def test_patterns_that_match_nothing(pattern: str) -> None:
    check_referers(["http://a", "*"])
    with refused(
        "InvalidArgument",
        400,
        "Invalid Argument.",
        ArgumentName="Referer",
        ArgumentValue=pattern,
    ):
        check_referers(["http://a", pattern])


def test_the_document_says_what_the_rules_say() -> None:
    for rules in (RefererConfiguration(), WHOLE):
        assert read_referer_document(referer_document(rules)) == rules
