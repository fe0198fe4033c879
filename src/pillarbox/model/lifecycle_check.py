"""Which lifecycle rules a bucket may have (OSS: "PutBucketLifecycle"; S3: the same).

The words of the refusals are S3's where it has some: OSS publishes few of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from uuid import uuid4

from pillarbox.model import refusals
from pillarbox.model.dialects import Dialect
from pillarbox.model.lifecycle import (
    DAY_MS,
    AfterDays,
    Exclusion,
    Lifecycle,
    LifecycleRule,
    When,
)
from pillarbox.model.limits import MAX_KEY_SIZE
from pillarbox.model.names import has_control_characters
from pillarbox.model.object_headers import STORAGE_CLASSES, check_tags
from pillarbox.model.refusals import Refusal

MAX_RULES = 1000
MAX_ID_LENGTH = 255  # characters
#: Days, and bytes: what the SDKs' numbers hold, and S3's largest object.
MAX_DAYS = 2**31 - 1
MAX_SIZE = 50 * 1024**4
#: S3: NewerNoncurrentVersions.
MAX_KEPT = 100


def with_ids(lifecycle: Lifecycle) -> Lifecycle:
    """The same rules, of which those without an id get one (OSS: a UUID)."""
    named = (rule if rule.id else replace(rule, id=str(uuid4())) for rule in lifecycle.rules)
    return Lifecycle(tuple(named))


def check_lifecycle(lifecycle: Lifecycle, dialect: Dialect) -> None:
    """Raise why a bucket may not have these rules, ids included.

    Raises:
        Refusal: `MalformedXML` without any rule, `InvalidArgument`, and as `check_tags`.
    """
    if not lifecycle.rules:
        raise refusals.MALFORMED_XML()
    if len(lifecycle.rules) > MAX_RULES:
        raise _wrong(f"There are more than {MAX_RULES} lifecycle rules.")
    if len({rule.id for rule in lifecycle.rules}) != len(lifecycle.rules):
        raise _wrong("Rule ID must be unique. Found same ID for more than one rule")
    for rule in lifecycle.rules:
        _check_filter(rule, dialect)
        _check_actions(rule)


def check_overlaps(lifecycle: Lifecycle) -> None:
    """Raise `InvalidArgument` if two rules do the same to the same objects.

    OSS refuses that unless `x-oss-allow-same-action-overlap` says otherwise; of rules for other
    tags it doesn't speak, and they pass here.
    """
    places: defaultdict[tuple[str, frozenset[tuple[str, str]]], list[str]] = defaultdict(list)
    for rule in lifecycle.rules:
        for action in _action_names(rule):
            places[action, frozenset(rule.tags)].append(rule.prefix)
    for (action, _), prefixes in places.items():
        # Sorted, a prefix of any other is one of its neighbour.
        ordered = sorted(prefixes)
        if any(two.startswith(one) for one, two in pairwise(ordered)):
            raise refusals.INVALID_ARGUMENT(
                f"Overlap for same action type {action}.", ec="0014-00000082"
            )


def _action_names(rule: LifecycleRule) -> Iterator[str]:
    if rule.expiration or rule.removes_expired_markers:
        yield "Expiration"
    if rule.abort:
        yield "AbortMultipartUpload"
    if rule.noncurrent_expiration:
        yield "NoncurrentVersionExpiration"
    for transition in rule.transitions:
        yield f"Transition to {transition.storage_class}"
    for noncurrent in rule.noncurrent_transitions:
        yield f"NoncurrentVersionTransition to {noncurrent.storage_class}"


def _check_filter(rule: LifecycleRule, dialect: Dialect) -> None:
    if len(rule.id) > MAX_ID_LENGTH:
        raise _wrong(f"ID length should not exceed allowed limit of {MAX_ID_LENGTH}")
    if has_control_characters(rule.id):
        raise _wrong("A rule's ID has control characters.")
    check_tags(rule.tags, dialect)
    _check_prefix(rule.prefix)
    for size in (rule.larger_than, rule.smaller_than):
        if size is not None and not 0 <= size <= MAX_SIZE:
            raise _wrong("The size of a filter is out of range.")
    least, most = rule.larger_than, rule.smaller_than
    if least is not None and most is not None and least + 1 >= most:
        raise _wrong("No object is larger than 'GreaterThan' and smaller than 'LessThan'.")
    for exclusion in rule.excluded:
        _check_exclusion(rule, exclusion, dialect)


def _check_exclusion(rule: LifecycleRule, exclusion: Exclusion, dialect: Dialect) -> None:
    _check_prefix(exclusion.prefix)
    if exclusion.tag is not None:
        check_tags((exclusion.tag,), dialect)
    if not exclusion.prefix.startswith(rule.prefix):
        raise _wrong("The prefix of a Not begins with the prefix of its rule.")
    if exclusion.prefix == rule.prefix and exclusion.tag is None:
        raise _wrong("The prefix of a Not without a tag is longer than that of its rule.")


def _check_prefix(prefix: str) -> None:
    if len(prefix.encode("utf-8")) > MAX_KEY_SIZE:
        raise _wrong("The maximum size of a prefix is 1023.")


def _check_actions(rule: LifecycleRule) -> None:
    if not rule.has_actions:
        raise _wrong("At least one action needs to be specified in a rule")
    if rule.expiration is not None and rule.removes_expired_markers:
        raise refusals.MALFORMED_XML()
    is_tagged = rule.asks_of_content or any(one.tag for one in rule.excluded)
    if is_tagged and rule.abort is not None:
        raise _wrong("An abort of multipart uploads cannot be specified with tags or sizes.")
    if is_tagged and rule.removes_expired_markers:
        raise _wrong("ExpiredObjectDeleteMarker cannot be specified with tags or sizes.")
    for when, action, least in (
        (rule.expiration, "Expiration", 1),
        (rule.abort, "AbortMultipartUpload", 1),
        *((transition.when, "Transition", 0) for transition in rule.transitions),
    ):
        if when is not None:
            _check_when(when, action, least)
    end = rule.noncurrent_expiration
    if end is not None:
        _check_noncurrent(end.days, end.kept, least=1)
    for one in rule.noncurrent_transitions:
        _check_noncurrent(one.days, one.kept, least=0)
    _check_order(rule)


def _check_when(when: When, action: str, least: int) -> None:
    if isinstance(when, AfterDays):
        _check_days(when.days, action, least)
    elif when.moment_ms % DAY_MS or when.moment_ms < 0:
        raise _wrong(f"The date of {action} must be at midnight GMT")


def _check_noncurrent(days: int, kept: int, *, least: int) -> None:
    _check_days(days, "NoncurrentVersion", least)
    if not 0 <= kept <= MAX_KEPT:
        raise _wrong(f"'NewerNoncurrentVersions' is from 1 to {MAX_KEPT}.")


def _check_days(days: int, action: str, least: int) -> None:
    if not least <= days <= MAX_DAYS:
        raise _wrong(f"'Days' for {action} action must be a positive integer")


def _check_order(rule: LifecycleRule) -> None:
    """What is colder comes later, and the end comes last."""
    whens = [transition.when for transition in rule.transitions]
    if rule.expiration is not None:
        whens.append(rule.expiration)
    if len({type(when) for when in whens}) > 1:
        raise _wrong("Found mixed 'Date' and 'Days' based Expiration and Transition actions")
    _check_rising(
        [(one.storage_class, _amount(one.when)) for one in rule.transitions],
        None if rule.expiration is None else _amount(rule.expiration),
    )
    end = rule.noncurrent_expiration
    _check_rising(
        [(one.storage_class, one.days) for one in rule.noncurrent_transitions],
        None if end is None else end.days,
    )


def _check_rising(transitions: Sequence[tuple[str, int]], end: int | None) -> None:
    amounts = [
        amount for _, amount in sorted(transitions, key=lambda one: STORAGE_CLASSES.index(one[0]))
    ]
    if len({storage_class for storage_class, _ in transitions}) != len(transitions):
        raise _wrong("Two transitions of a rule are to the same storage class.")
    if not _is_rising([*amounts, *([] if end is None else [end])]):
        raise _wrong(
            "Each transition must be earlier than that to a colder class, and earlier than the "
            "expiration."
        )


def _is_rising(amounts: Iterable[int]) -> bool:
    return all(one < two for one, two in pairwise(amounts))


def _amount(when: When) -> int:
    return when.days if isinstance(when, AfterDays) else when.moment_ms


def _wrong(message: str) -> Refusal:
    return refusals.INVALID_ARGUMENT(message)
