"""A form against its policy."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.refusals import Refusal
from pillarbox.policy import (
    ABSENT,
    Equals,
    NotIn,
    SizeRange,
    StartsWith,
    Verdict,
    check_conditions,
    check_coverage,
    check_expiry,
    check_size_ceiling,
    check_size_floor,
    check_strict_coverage,
    judge,
)
from tests.policy.documents import facts, policy_of

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
FAILED = "Invalid according to Policy: Policy Condition failed: "


def test_a_policy_is_good_until_its_expiration() -> None:
    policy = policy_of({"bucket": "b"})
    check_expiry(policy, NOON - timedelta(microseconds=1))
    check_expiry(policy, datetime(2030, 1, 1, 19, 59, tzinfo=timezone(timedelta(hours=8))))


@pytest.mark.parametrize("late", [timedelta(), timedelta(microseconds=1), timedelta(days=1)])
def test_an_expired_policy(late: timedelta) -> None:
    with pytest.raises(Refusal) as caught:
        check_expiry(policy_of({"bucket": "b"}), NOON + late)
    assert facts(caught.value) == (
        "AccessDenied",
        403,
        "Invalid according to Policy: Policy expired.",
        "0006-00000213",
    )
    assert list(caught.value.details.items()) == [
        ("Expected", "a form before 2030-01-01T12:00:00.000Z"),
        ("Received", f"a form at {(NOON + late).isoformat(timespec='milliseconds')[:-6]}Z"),
    ]


def test_times_are_told_in_utc_wherever_the_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "CST-8")
            time.tzset()
            with pytest.raises(Refusal) as caught:
                check_expiry(policy_of({"bucket": "b"}), NOON)
    finally:
        time.tzset()
    assert caught.value.details["Expected"] == "a form before 2030-01-01T12:00:00.000Z"


def test_an_expired_policy_is_explained() -> None:
    with pytest.raises(Refusal) as caught:
        check_expiry(policy_of({"bucket": "b"}), NOON)
    assert caught.value.hint == (
        "The policy expired at 2030-01-01T12:00:00+00:00 and it is 2030-01-01T12:00:00+00:00. "
        "Sign a new one; write its expiration in UTC, not in local time with a Z."
    )


POLICY = policy_of(
    {"bucket": "photos"},
    ["content-length-range", 1, 10],
    ["starts-with", "$Key", "user/"],
    ["not-in", "$cache-control", ["no-cache"]],
)


def test_every_condition_is_judged_in_order() -> None:
    assert judge(POLICY, {"bucket": "photos", "key": "other/a"}) == (
        Verdict(Equals("bucket", "photos"), "photos", passed=True),
        Verdict(StartsWith("Key", "user/"), "other/a", passed=False),
        Verdict(NotIn("cache-control", ("no-cache",)), None, passed=True),
    )


def test_conditions_that_hold() -> None:
    check_conditions(POLICY, {"bucket": "photos", "key": "user/a", "other": "x"})
    check_conditions(policy_of(["content-length-range", 1, 10]), {})


@pytest.mark.parametrize(
    ("values", "condition", "ec", "expected", "received"),
    [
        ({"bucket": "b", "key": "x"}, '["eq", "$bucket", "photos"]', 227, "photos", "b"),
        ({}, '["eq", "$bucket", "photos"]', 226, "photos", ABSENT),
        ({"Bucket": "photos"}, '["eq", "$bucket", "photos"]', 226, "photos", ABSENT),
        ({"bucket": ""}, '["eq", "$bucket", "photos"]', 227, "photos", ""),
        (
            {"bucket": "photos", "key": "a"},
            '["starts-with", "$Key", "user/"]',
            227,
            'a value that starts with "user/"',
            "a",
        ),
        (
            {"bucket": "photos"},
            '["starts-with", "$Key", "user/"]',
            226,
            'a value that starts with "user/"',
            "(the form has no such field)",
        ),
        (
            {"bucket": "photos", "key": "user/", "cache-control": "no-cache"},
            '["not-in", "$cache-control", ["no-cache"]]',
            227,
            'none of ["no-cache"]',
            "no-cache",
        ),
    ],
)
def test_the_first_condition_that_fails(
    values: dict[str, str], condition: str, ec: int, expected: str, received: str
) -> None:
    with pytest.raises(Refusal) as caught:
        check_conditions(POLICY, values)
    assert facts(caught.value) == ("AccessDenied", 403, FAILED + condition, f"0006-00000{ec}")
    assert list(caught.value.details.items()) == [
        ("Condition", condition),
        ("Expected", expected),
        ("Received", received),
    ]


def test_the_documented_message() -> None:
    policy = policy_of(["eq", "success_action_status", "200"])
    with pytest.raises(Refusal) as caught:
        check_conditions(policy, {"success_action_status": "201"})
    assert caught.value.message == (
        "Invalid according to Policy: Policy Condition failed: "
        '["eq", "$success_action_status", "200"]'
    )


@given(st.text(), st.text())
def test_a_refusal_fits_into_a_small_answer(wanted: str, sent: str) -> None:
    policy = policy_of(["in", "$key", ["&" * 3000, wanted * 2000]])
    with pytest.raises(Refusal) as caught:
        check_conditions(policy, {"key": "<" + sent * 2000})
    texts = [caught.value.message, *caught.value.details.values()]
    escaped = "".join(escape(text) for text in texts).encode("utf-8", "surrogatepass")
    assert len(escaped) < 2500
    assert caught.value.details["Received"].startswith("<")


def test_every_child_is_cut() -> None:
    with pytest.raises(Refusal) as caught:
        check_conditions(policy_of(["eq", "$key", "a" * 601]), {"key": "b" * 601})
    # The five quotes before the value count as `&quot;`.
    condition = '["eq", "$key", "' + "a" * (597 - 16 - 5 * 5) + "…"
    assert caught.value.details == {
        "Condition": condition,
        "Expected": "a" * 597 + "…",
        "Received": "b" * 597 + "…",
    }
    assert caught.value.message == FAILED + condition


def test_coverage() -> None:
    check_coverage(POLICY, [])
    check_coverage(POLICY, ["bucket", "KEY", "Cache-Control"])


@pytest.mark.parametrize(
    ("required", "name"),
    [
        (["x-oss-credential"], "x-oss-credential"),
        (["bucket", "X-Oss-Date", "x-oss-credential"], "X-Oss-Date"),
        (["content-length-range"], "content-length-range"),
        (["\N{KELVIN SIGN}ey"], "\N{KELVIN SIGN}ey"),
        (["y" * 601], "y" * 597 + "…"),
    ],
)
def test_a_field_that_is_not_covered(required: list[str], name: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_coverage(POLICY, required)
    assert facts(caught.value) == (
        "AccessDenied",
        403,
        f"Invalid according to Policy: Extra input fields: {name}",
        "0006-00000228",
    )
    expected = caught.value.details["Expected"]
    assert expected.startswith(f'a condition on the field, such as ["eq", "${name[:500]}')
    assert caught.value.details["Received"] == "the field, which no condition names"


def test_strict_coverage_without_a_policy_allows_no_field() -> None:
    check_strict_coverage(None, [])
    check_strict_coverage(POLICY, ["key"])
    for policy, names in ((None, ["x:a"]), (POLICY, ["key", "x:a"])):
        with pytest.raises(Refusal) as caught:
            check_strict_coverage(policy, names)
        assert caught.value.message == "Invalid according to Policy: Extra input fields: x:a"
        assert caught.value.ec == "0006-00000228"


@pytest.mark.parametrize(
    ("sizes", "size"),
    [(SizeRange(), 0), (SizeRange(), 10**12), (SizeRange(1, 10), 1), (SizeRange(1, 10), 10)],
)
def test_a_size_that_fits(sizes: SizeRange, size: int) -> None:
    check_size_ceiling(sizes, size)
    check_size_floor(sizes, size)


def test_a_file_that_is_too_large() -> None:
    check_size_floor(SizeRange(1, 10), 11)
    with pytest.raises(Refusal) as caught:
        check_size_ceiling(SizeRange(1, 10), 11)
    assert facts(caught.value) == (
        "EntityTooLarge",
        400,
        "Your proposed upload exceeds the maximum allowed size.",
        "0006-00000003",
    )
    assert list(caught.value.details.items()) == [
        ("ProposedSize", "11"),
        ("MaxSizeAllowed", "10"),
        ("Expected", "at most 10 bytes"),
        ("Received", "at least 11 bytes"),
    ]


def test_an_empty_file_is_the_only_one_under_a_maximum_of_nothing() -> None:
    check_size_ceiling(SizeRange(0, 0), 0)
    with pytest.raises(Refusal):
        check_size_ceiling(SizeRange(0, 0), 1)


def test_a_file_that_is_too_small() -> None:
    check_size_ceiling(SizeRange(5, 10), 4)
    with pytest.raises(Refusal) as caught:
        check_size_floor(SizeRange(5, 10), 4)
    assert facts(caught.value) == (
        "EntityTooSmall",
        400,
        "Your proposed upload smaller than the minimum allowed size.",
        "0006-00000004",
    )
    assert list(caught.value.details.items()) == [
        ("ProposedSize", "4"),
        ("MinSizeAllowed", "5"),
        ("Expected", "at least 5 bytes"),
        ("Received", "4 bytes"),
    ]


def test_of_equal_ranges_the_refusal_names_the_first() -> None:
    sizes = policy_of(
        ["content-length-range", 5, 90],
        ["content-length-range", 5, 50],
        ["content-length-range", 0, 50],
    ).size_range
    assert sizes.floor == '["content-length-range", 5, 90]'
    assert sizes.ceiling == '["content-length-range", 5, 50]'


def test_the_refusal_names_the_range_that_failed() -> None:
    sizes = policy_of(
        ["content-length-range", 2, 90],
        ["content-length-range", 0, 10],
        ["content-length-range", 5, 90],
        ["content-length-range", 1, 20],
    ).size_range
    with pytest.raises(Refusal) as too_large:
        check_size_ceiling(sizes, 11)
    with pytest.raises(Refusal) as too_small:
        check_size_floor(sizes, 4)
    assert too_large.value.details["Condition"] == '["content-length-range", 0, 10]'
    assert too_small.value.details["Condition"] == '["content-length-range", 5, 90]'
    assert list(too_large.value.details)[2:] == ["Condition", "Expected", "Received"]
    assert list(too_small.value.details)[2:] == ["Condition", "Expected", "Received"]


@given(st.integers(0, 20))
def test_nothing_fits_a_contradiction(size: int) -> None:
    def check() -> None:
        check_size_ceiling(SizeRange(10, 5), size)
        check_size_floor(SizeRange(10, 5), size)

    with pytest.raises(Refusal):
        check()
