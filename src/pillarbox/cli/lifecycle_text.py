"""Lifecycle rules, and what they would do, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pillarbox.model.lifecycle import (
    AfterDays,
    CreatedBefore,
    Lifecycle,
    LifecycleRule,
    NoncurrentExpiration,
    NoncurrentTransition,
    When,
)

if TYPE_CHECKING:
    from pillarbox.storage.catalog.lifecycle import Due


def rules_text(bucket: str, lifecycle: Lifecycle) -> str:
    """The rules for people."""
    if not lifecycle.rules:
        return f"Bucket {bucket} has no lifecycle rules: nothing in it ends by itself"
    lines = []
    for rule in lifecycle.rules:
        disabled = "" if rule.is_enabled else ", disabled"
        lines.append(f"Rule {rule.id} of bucket {bucket}{disabled}")
        lines += (f"  {name:<10} {text}" for name, text in _lines(rule))
    return "\n".join(lines)


def due_line(due: Due) -> str:
    """What would become of what, and by which rule, for people."""
    action, seen = due
    key = seen.facts.key.decode("utf-8", "replace")
    target = "" if action.storage_class is None else f" to {action.storage_class}"
    return f"{action.kind.value}{target} {key}{_which(due)} (rule {action.rule_id})"


def due_members(due: Due) -> dict[str, Any]:
    """The same for programs."""
    action, seen = due
    members = {
        "action": action.kind.value,
        "key": seen.facts.key.decode("utf-8", "replace"),
        "rule": action.rule_id,
        "storageClass": action.storage_class,
        "uploadId": seen.upload_id,
        "versionId": _version(due),
    }
    return {name: value for name, value in members.items() if value is not None}


def _which(due: Due) -> str:
    if due.seen.upload_id is not None:
        return f", upload {due.seen.upload_id}"
    version = _version(due)
    return "" if version is None else f", version {version}"


def _version(due: Due) -> str | None:
    """A version that is meant by its id: the null version is, where it is not the current one."""
    if due.seen.upload_id is not None:
        return None
    return due.seen.version_id or (None if due.seen.sequence is None else "null")


def _lines(rule: LifecycleRule) -> Iterator[tuple[str, str]]:
    yield "for", ", ".join(_criteria(rule))
    for one in rule.excluded:
        tag = "" if one.tag is None else f" with the tag {one.tag[0]}={one.tag[1]}"
        yield "but not", f"{one.prefix}*{tag}"
    if rule.expiration is not None:
        yield "expire", _when(rule.expiration)
    if rule.removes_expired_markers:
        yield "expire", "delete markers that are all that a key has left"
    for transition in rule.transitions:
        yield "class", f"{transition.storage_class} {_when(transition.when)}"
    if rule.abort is not None:
        yield "uploads", f"aborted {_when(rule.abort)}"
    if rule.noncurrent_expiration is not None:
        yield "versions", f"removed {_noncurrent(rule.noncurrent_expiration)}"
    for noncurrent in rule.noncurrent_transitions:
        yield "versions", f"{noncurrent.storage_class} {_noncurrent(noncurrent)}"


def _criteria(rule: LifecycleRule) -> Iterator[str]:
    yield f"{rule.prefix}*"
    for name, value in rule.tags:
        yield f"tag {name}={value}"
    if rule.larger_than is not None:
        yield f"larger than {rule.larger_than} bytes"
    if rule.smaller_than is not None:
        yield f"smaller than {rule.smaller_than} bytes"


def _when(when: When) -> str:
    if isinstance(when, AfterDays):
        return f"after {when.days} days"
    date = datetime.fromtimestamp(when.moment_ms / 1000, UTC).strftime("%Y-%m-%d")
    return f"if older than {date}" if isinstance(when, CreatedBefore) else f"from {date} on"


def _noncurrent(one: NoncurrentExpiration | NoncurrentTransition) -> str:
    kept = f", but for the youngest {one.kept}" if one.kept else ""
    return f"{one.days} days after another took their place{kept}"
