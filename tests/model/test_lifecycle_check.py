from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from pillarbox.model.dialects import OSS
from pillarbox.model.lifecycle import (
    DAY_MS,
    AfterDays,
    CreatedBefore,
    Exclusion,
    Lifecycle,
    LifecycleRule,
    NoncurrentExpiration,
    NoncurrentTransition,
    OnDate,
    Transition,
)
from pillarbox.model.lifecycle_check import check_lifecycle, check_overlaps, with_ids
from tests.refusing import refused

GOOD = LifecycleRule("r", "a/", expiration=AfterDays(3))
TAG = (("k", "v"),)


def check(*rules: LifecycleRule) -> None:
    check_lifecycle(Lifecycle(rules), OSS)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tags": TAG, "larger_than": 0, "smaller_than": 2},
        {"excluded": (Exclusion("a/b"), Exclusion("a/", ("k", "v")))},
        {"expiration": None, "removes_expired_markers": True},
        {"transitions": (Transition(AfterDays(2), "Archive"), Transition(AfterDays(1), "IA"))},
        {"abort": CreatedBefore(DAY_MS)},
        {"noncurrent_expiration": NoncurrentExpiration(2, 100)},
    ],
)
def test_good_rules(changes: dict[str, Any]) -> None:
    check(replace(GOOD, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "i" * 256},
        {"id": "a\nb"},
        {"prefix": "p" * 1024},
        {"larger_than": 1, "smaller_than": 2},
        {"larger_than": 2**60},
        {"excluded": (Exclusion("b"),)},
        {"excluded": (Exclusion("a/"),)},
        {"expiration": None},
        {"expiration": AfterDays(0)},
        {"expiration": AfterDays(2**31)},
        {"expiration": CreatedBefore(1)},
        {"expiration": CreatedBefore(-DAY_MS)},
        {"abort": AfterDays(0)},
        {"abort": AfterDays(1), "tags": TAG},
        {"abort": AfterDays(1), "larger_than": 1},
        {"abort": AfterDays(1), "excluded": (Exclusion("a/", ("k", "v")),)},
        {"expiration": None, "removes_expired_markers": True, "tags": TAG},
        {"transitions": (Transition(AfterDays(3), "IA"),)},
        {"transitions": (Transition(OnDate(0), "IA"),)},
        {"transitions": (Transition(AfterDays(2), "IA"), Transition(AfterDays(1), "Archive"))},
        {"transitions": (Transition(AfterDays(1), "IA"), Transition(AfterDays(2), "IA"))},
        {"noncurrent_expiration": NoncurrentExpiration(0)},
        {"noncurrent_expiration": NoncurrentExpiration(1, 101)},
        {
            "noncurrent_expiration": NoncurrentExpiration(1),
            "noncurrent_transitions": (NoncurrentTransition(1, "IA"),),
        },
    ],
)
def test_rules_that_may_not_be(changes: dict[str, Any]) -> None:
    with refused("InvalidArgument"):
        check(replace(GOOD, **changes))


def test_rules_together() -> None:
    with refused("MalformedXML"):
        check()
    with refused("MalformedXML"):
        check(replace(GOOD, removes_expired_markers=True))
    with refused("InvalidArgument"):
        check(GOOD, GOOD)
    with refused("InvalidTaggingKey"):
        check(replace(GOOD, tags=(("#", ""),)))
    many = [replace(GOOD, id=str(number)) for number in range(1001)]
    check(*many[1:])
    with refused("InvalidArgument"):
        check(*many)


def test_a_rule_without_an_id_gets_one() -> None:
    one, two, named = with_ids(Lifecycle((replace(GOOD, id=""), replace(GOOD, id=""), GOOD))).rules
    assert UUID(one.id) != UUID(two.id)
    assert named == GOOD


@pytest.mark.parametrize(
    ("one", "two", "overlaps"),
    [
        ({"prefix": "a"}, {"prefix": "a/b"}, True),
        ({"prefix": ""}, {"prefix": "z", "is_enabled": False}, True),
        ({"prefix": "a"}, {"prefix": "a"}, True),
        ({"prefix": "a"}, {"prefix": "b"}, False),
        ({"prefix": "a", "tags": TAG}, {"prefix": "a"}, False),
        ({"prefix": "a", "expiration": None, "abort": AfterDays(1)}, {"prefix": "a"}, False),
    ],
)
def test_rules_that_do_the_same(one: dict[str, Any], two: dict[str, Any], overlaps: bool) -> None:
    apart = LifecycleRule("apart", "a0", transitions=(Transition(AfterDays(1), "IA"),))
    both = Lifecycle((replace(GOOD, **one), apart, replace(GOOD, **two)))
    if not overlaps:
        check_overlaps(both)
        return
    with refused(
        "InvalidArgument", message="Overlap for same action type Expiration.", ec="0014-00000082"
    ):
        check_overlaps(both)
