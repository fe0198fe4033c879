"""What lifecycle rules do to a version or an upload at a moment: one pure decision each.

Several rules may be for one object. Then the end goes before another storage class, and of several
classes the coldest is taken (OSS: "Lifecycle rules based on the last modified time"; S3: "Conflicts
in lifecycle configurations").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pillarbox.model.lifecycle import (
    AfterDays,
    LifecycleRule,
    NoncurrentExpiration,
    NoncurrentTransition,
    When,
)
from pillarbox.model.object_headers import STORAGE_CLASSES


class ActionKind(StrEnum):
    """What becomes of something."""

    #: The object is deleted: it is gone, or has a delete marker where versions are kept.
    EXPIRE = "expire"
    #: A version that is no longer current is gone.
    REMOVE_VERSION = "remove-version"
    #: A delete marker is gone that was all that its key had left.
    REMOVE_MARKER = "remove-marker"
    #: A version gets another storage class.
    TRANSITION = "transition"
    #: An upload in parts is gone.
    ABORT = "abort"


class Action(NamedTuple):
    """What is due, and by which rule.

    Attributes:
        storage_class: of a transition, else None.
    """

    kind: ActionKind
    rule_id: str
    storage_class: str | None = None


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What the rules ask of a version.

    Attributes:
        modified_ms: milliseconds since the Unix epoch, UTC.
        noncurrent_ms: since when it is no longer current, likewise; None for the current one.
        newer: noncurrent versions of its key that are younger than it; only of noncurrent ones.
        is_alone: whether its key has no other version; only of delete markers.
    """

    key: bytes
    size: int
    modified_ms: int
    storage_class: str
    tags: Mapping[str, str] = field(default_factory=dict)
    is_marker: bool = False
    noncurrent_ms: int | None = None
    newer: int = 0
    is_alone: bool = False


def action_of(rules: Iterable[LifecycleRule], facts: VersionFacts, now_ms: int) -> Action | None:
    """What is to become of a version at `now_ms`, None for nothing.

    Args:
        rules: that are in force.
    """
    covering = [rule for rule in rules if _is_for(rule, facts)]
    if facts.noncurrent_ms is not None:
        return _of_noncurrent(covering, facts, facts.noncurrent_ms, now_ms)
    if facts.is_marker:
        return _of_marker(covering, facts, now_ms)
    for rule in covering:
        if _is_due(rule.expiration, facts.modified_ms, now_ms):
            return Action(ActionKind.EXPIRE, rule.id)
    due = (
        (transition.storage_class, rule.id)
        for rule in covering
        for transition in rule.transitions
        if _is_due(transition.when, facts.modified_ms, now_ms)
    )
    return _coldest(due, facts)


def abort_of(
    rules: Iterable[LifecycleRule], key: bytes, begun_ms: int, now_ms: int
) -> Action | None:
    """Whether an upload in parts, begun at `begun_ms`, is to be aborted at `now_ms`."""
    for rule in rules:
        if rule.is_for_bare(key) and _is_due(rule.abort, begun_ms, now_ms):
            return Action(ActionKind.ABORT, rule.id)
    return None


def expiry_of(rules: Iterable[LifecycleRule], facts: VersionFacts) -> tuple[int, str] | None:
    """When an object that is current will expire, and by which rule; None for never.

    The moment, in milliseconds since the Unix epoch, may be past.
    """
    found: tuple[int, str] | None = None
    for rule in rules:
        if rule.expiration is None or not _is_for(rule, facts):
            continue
        due_ms = rule.expiration.due_ms(facts.modified_ms)
        if due_ms is not None and (found is None or due_ms < found[0]):
            found = (due_ms, rule.id)
    return found


def covered_prefixes(rules: Iterable[LifecycleRule]) -> list[bytes]:
    """Prefixes under which all keys lie that rules are for; none of them begins with another."""
    found: list[bytes] = []
    for prefix in sorted({rule.prefix.encode("utf-8") for rule in rules}):
        if not found or not prefix.startswith(found[-1]):
            found.append(prefix)
    return found


def rules_under(rules: Sequence[LifecycleRule], prefix: bytes) -> tuple[LifecycleRule, ...]:
    """Those of `rules` that are for keys under one of their `covered_prefixes`."""
    return tuple(rule for rule in rules if rule.prefix.encode("utf-8").startswith(prefix))


def _is_for(rule: LifecycleRule, facts: VersionFacts) -> bool:
    if facts.is_marker:
        return rule.is_for_bare(facts.key)
    return rule.is_for(facts.key, facts.tags, facts.size)


def _of_marker(
    covering: Iterable[LifecycleRule], facts: VersionFacts, now_ms: int
) -> Action | None:
    """An object's own age ends a marker too, when nothing is left behind it."""
    if not facts.is_alone:
        return None
    for rule in covering:
        if rule.removes_expired_markers or _is_due(rule.expiration, facts.modified_ms, now_ms):
            return Action(ActionKind.REMOVE_MARKER, rule.id)
    return None


def _of_noncurrent(
    covering: Sequence[LifecycleRule], facts: VersionFacts, since_ms: int, now_ms: int
) -> Action | None:
    def is_due(what: NoncurrentExpiration | NoncurrentTransition) -> bool:
        return facts.newer >= what.kept and _is_due(AfterDays(what.days), since_ms, now_ms)

    for rule in covering:
        if rule.noncurrent_expiration is not None and is_due(rule.noncurrent_expiration):
            return Action(ActionKind.REMOVE_VERSION, rule.id)
    if facts.is_marker:
        return None
    due = (
        (transition.storage_class, rule.id)
        for rule in covering
        for transition in rule.noncurrent_transitions
        if is_due(transition)
    )
    return _coldest(due, facts)


def _coldest(due: Iterator[tuple[str, str]], facts: VersionFacts) -> Action | None:
    """The transition to the coldest class; nothing ever becomes warmer by a rule."""
    found: Action | None = None
    warmest = STORAGE_CLASSES.index(facts.storage_class)
    for storage_class, rule_id in due:
        if STORAGE_CLASSES.index(storage_class) > warmest:
            warmest = STORAGE_CLASSES.index(storage_class)
            found = Action(ActionKind.TRANSITION, rule_id, storage_class)
    return found


def _is_due(when: When | None, since_ms: int, now_ms: int) -> bool:
    due_ms = None if when is None else when.due_ms(since_ms)
    return due_ms is not None and due_ms <= now_ms
