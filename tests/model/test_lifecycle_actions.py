from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.lifecycle import (
    DAY_MS,
    AfterDays,
    CreatedBefore,
    Exclusion,
    LifecycleRule,
    NoncurrentExpiration,
    NoncurrentTransition,
    OnDate,
    Transition,
    When,
)
from pillarbox.model.lifecycle_actions import (
    Action,
    ActionKind,
    VersionFacts,
    abort_of,
    action_of,
    covered_prefixes,
    expiry_of,
    rules_under,
)
from pillarbox.model.object_headers import STORAGE_CLASSES


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("since", "days", "due"),
    [
        ("2026-01-15T10:30", 3, "2026-01-19"),  # the example of S3's documentation
        ("2026-01-15T00:00", 3, "2026-01-18"),
        ("2026-01-15T00:00:00.001", 1, "2026-01-17"),
        ("2026-12-31T23:59:59.999", 1, "2027-01-02"),
        ("2026-01-15T10:30", 0, "2026-01-16"),
    ],
)
def test_days_end_at_a_midnight(since: str, days: int, due: str) -> None:
    assert AfterDays(days).due_ms(ms(since)) == ms(due)


def test_dates() -> None:
    moment = ms("2026-06-01")
    assert CreatedBefore(moment).due_ms(moment - 1) == moment, "not before the date either"
    assert CreatedBefore(moment).due_ms(moment) is None
    assert OnDate(moment).due_ms(moment - 1) == OnDate(moment).due_ms(moment + 1) == moment


def test_an_expiration_goes_before_a_transition() -> None:
    facts = VersionFacts(b"a", 1, 0, "Standard")
    colder = LifecycleRule("colder", transitions=(Transition(AfterDays(1), "Archive"),))
    end = LifecycleRule("end", expiration=AfterDays(5))
    assert action_of([colder, end], facts, DAY_MS - 1) is None
    assert action_of([colder, end], facts, DAY_MS) == (ActionKind.TRANSITION, "colder", "Archive")
    assert action_of([colder, end], facts, 5 * DAY_MS) == (ActionKind.EXPIRE, "end", None)


def test_a_marker_ends_when_it_is_alone_and_no_sooner() -> None:
    rules = [LifecycleRule("r", removes_expired_markers=True)]
    for is_alone in (False, True):
        marker = VersionFacts(b"a", 0, 0, "Standard", is_marker=True, is_alone=is_alone)
        expected = Action(ActionKind.REMOVE_MARKER, "r") if is_alone else None
        assert action_of(rules, marker, 0) == expected
    aged = [LifecycleRule("r", expiration=AfterDays(1))]
    assert action_of(aged, marker, DAY_MS - 1) is None
    assert action_of(aged, marker, DAY_MS) == (ActionKind.REMOVE_MARKER, "r", None)
    small = [LifecycleRule("r", expiration=AfterDays(1), smaller_than=10)]
    assert action_of(small, marker, DAY_MS) is None, "a marker has no size"


def test_the_youngest_noncurrent_versions_are_kept() -> None:
    rules = [LifecycleRule("r", noncurrent_expiration=NoncurrentExpiration(1, kept=2))]
    gone = [
        action_of(rules, VersionFacts(b"a", 1, 0, "IA", noncurrent_ms=0, newer=newer), DAY_MS)
        for newer in range(4)
    ]
    assert [one is not None for one in gone] == [False, False, True, True]


def test_uploads() -> None:
    rules = [
        LifecycleRule("tagged", tags=(("a", "b"),), abort=AfterDays(1)),
        LifecycleRule("r", "tmp/", abort=AfterDays(2)),
    ]
    assert abort_of(rules, b"tmp/a", 0, 2 * DAY_MS - 1) is None
    assert abort_of(rules, b"tmp/a", 0, 2 * DAY_MS) == (ActionKind.ABORT, "r", None)
    assert abort_of(rules, b"other", 0, 9 * DAY_MS) is None


def test_the_expiry_that_headers_tell_is_the_earliest() -> None:
    rules = [
        LifecycleRule("late", expiration=AfterDays(9)),
        LifecycleRule("soon", "a", expiration=AfterDays(2)),
        LifecycleRule("never", "b", expiration=AfterDays(1)),
    ]
    assert expiry_of(rules, VersionFacts(b"a", 1, 0, "Standard")) == (2 * DAY_MS, "soon")
    assert expiry_of(rules[2:], VersionFacts(b"a", 1, 0, "Standard")) is None


# --- all of it against a plain re-statement -------------------------------------------------------

TAGS = st.dictionaries(st.sampled_from("xy"), st.sampled_from(["", "1"]), max_size=2)
PREFIXES = st.text("ab", max_size=3)
DAYS = st.integers(0, 4)
WHENS: st.SearchStrategy[When] = (
    st.builds(AfterDays, DAYS)
    | st.builds(CreatedBefore, st.integers(0, 6).map(lambda n: n * DAY_MS))
    | st.builds(OnDate, st.integers(0, 6).map(lambda n: n * DAY_MS))
)
CLASSES = st.sampled_from(STORAGE_CLASSES[1:])
SIZES = st.none() | st.integers(0, 5)
RULES = st.builds(
    LifecycleRule,
    id=st.text("rst", min_size=1, max_size=3),
    prefix=PREFIXES,
    tags=TAGS.map(lambda tags: tuple(tags.items())),
    larger_than=SIZES,
    smaller_than=SIZES,
    excluded=st.lists(
        st.builds(
            Exclusion,
            PREFIXES,
            st.none() | st.tuples(st.sampled_from("xy"), st.sampled_from(["", "1"])),
        ),
        max_size=2,
    ).map(tuple),
    expiration=st.none() | WHENS,
    removes_expired_markers=st.booleans(),
    transitions=st.lists(st.builds(Transition, WHENS, CLASSES), max_size=2).map(tuple),
    noncurrent_expiration=st.none() | st.builds(NoncurrentExpiration, DAYS, st.integers(0, 2)),
    noncurrent_transitions=st.lists(
        st.builds(NoncurrentTransition, DAYS, CLASSES, st.integers(0, 2)), max_size=2
    ).map(tuple),
)
MOMENTS = st.integers(0, 8 * DAY_MS)
FACTS = st.builds(
    VersionFacts,
    key=PREFIXES.map(str.encode),
    size=st.integers(0, 5),
    modified_ms=MOMENTS,
    storage_class=st.sampled_from(STORAGE_CLASSES),
    tags=TAGS,
    is_marker=st.booleans(),
    noncurrent_ms=st.none() | MOMENTS,
    newer=st.integers(0, 3),
    is_alone=st.booleans(),
)


def has_come(when: When | None, since_ms: int, now_ms: int) -> bool:
    """By counting midnights."""
    if isinstance(when, AfterDays):
        midnights = sum(
            since_ms + when.days * DAY_MS <= midnight <= now_ms
            for midnight in range(0, 40 * DAY_MS, DAY_MS)
        )
        return midnights > 0
    if isinstance(when, CreatedBefore):
        return since_ms < when.moment_ms <= now_ms
    return when is not None and when.moment_ms <= now_ms


def concerns(rule: LifecycleRule, facts: VersionFacts) -> bool:
    key = facts.key.decode()
    tags = {} if facts.is_marker else facts.tags
    if facts.is_marker and (
        rule.tags or rule.larger_than is not None or rule.smaller_than is not None
    ):
        return False
    for exclusion in rule.excluded:
        has_tag = exclusion.tag is None or exclusion.tag in tags.items()
        if key[: len(exclusion.prefix)] == exclusion.prefix and has_tag:
            return False
    return (
        key[: len(rule.prefix)] == rule.prefix
        and set(rule.tags) <= set(tags.items())
        and (rule.larger_than is None or facts.size > rule.larger_than)
        and (rule.smaller_than is None or facts.size < rule.smaller_than)
    )


def plainly(rules: list[LifecycleRule], facts: VersionFacts, now_ms: int) -> tuple[str, str] | None:
    """What becomes of it, without the rule's id: the kind and the class."""
    mine = [rule for rule in rules if concerns(rule, facts)]
    since = facts.modified_ms
    if facts.noncurrent_ms is not None:
        ends = [rule.noncurrent_expiration for rule in mine]
        if any(
            end
            and facts.newer >= end.kept
            and has_come(AfterDays(end.days), facts.noncurrent_ms, now_ms)
            for end in ends
        ):
            return "remove-version", ""
        classes = [
            one.storage_class
            for rule in mine
            for one in rule.noncurrent_transitions
            if facts.newer >= one.kept
            and has_come(AfterDays(one.days), facts.noncurrent_ms, now_ms)
        ]
    elif facts.is_marker:
        ends_here = any(
            rule.removes_expired_markers or has_come(rule.expiration, since, now_ms)
            for rule in mine
        )
        return ("remove-marker", "") if facts.is_alone and ends_here else None
    else:
        if any(has_come(rule.expiration, since, now_ms) for rule in mine):
            return "expire", ""
        classes = [
            one.storage_class
            for rule in mine
            for one in rule.transitions
            if has_come(one.when, since, now_ms)
        ]
    colder = [one for one in STORAGE_CLASSES if one in classes]
    if facts.is_marker or not colder:
        return None
    is_colder = STORAGE_CLASSES.index(colder[-1]) > STORAGE_CLASSES.index(facts.storage_class)
    return ("transition", colder[-1]) if is_colder else None


@given(st.lists(RULES, max_size=4), FACTS, MOMENTS)
def test_any_rules_and_any_version(
    rules: list[LifecycleRule], facts: VersionFacts, now_ms: int
) -> None:
    found = action_of(rules, facts, now_ms)
    told = None if found is None else (found.kind.value, found.storage_class or "")
    assert told == plainly(rules, facts, now_ms)
    if found is not None:
        assert found.rule_id in {rule.id for rule in rules if concerns(rule, facts)}


@given(st.lists(RULES, max_size=4), FACTS, MOMENTS)
def test_what_is_told_comes_true(
    rules: list[LifecycleRule], facts: VersionFacts, now_ms: int
) -> None:
    """The header of a current object and what becomes of it agree, at any moment."""
    if facts.is_marker or facts.noncurrent_ms is not None:
        return
    told = expiry_of(rules, facts)
    action = action_of(rules, facts, now_ms)
    is_over = action is not None and action.kind is ActionKind.EXPIRE
    assert is_over == (told is not None and told[0] <= now_ms)


@given(st.lists(RULES, max_size=6), FACTS, MOMENTS)
def test_a_walk_under_the_covered_prefixes_misses_nothing(
    rules: list[LifecycleRule], facts: VersionFacts, now_ms: int
) -> None:
    under = [prefix for prefix in covered_prefixes(rules) if facts.key.startswith(prefix)]
    assert len(under) <= 1, "each key once"
    some = rules_under(rules, under[0]) if under else ()
    assert action_of(some, facts, now_ms) == action_of(rules, facts, now_ms)
