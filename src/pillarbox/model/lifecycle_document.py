"""Lifecycle rules as the JSON that the catalog keeps, the same whichever dialect set them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from pillarbox.model.lifecycle import (
    AfterDays,
    CreatedBefore,
    Exclusion,
    Lifecycle,
    LifecycleRule,
    NoncurrentExpiration,
    NoncurrentTransition,
    OnDate,
    Transition,
    When,
)

_WHENS: dict[str, type[When]] = {"days": AfterDays, "created_before": CreatedBefore, "date": OnDate}
_NAMES = {kind: name for name, kind in _WHENS.items()}


def lifecycle_document(lifecycle: Lifecycle) -> str:
    """The rules as JSON; what a rule doesn't say is left out."""
    rules = [lifecycle_members(rule) for rule in lifecycle.rules]
    return json.dumps(rules, separators=(",", ":"), ensure_ascii=False)


def lifecycle_members(rule: LifecycleRule) -> dict[str, Any]:
    """One rule as members of JSON."""
    members: dict[str, Any] = {
        "id": rule.id,
        "prefix": rule.prefix,
        "enabled": rule.is_enabled,
        "tags": rule.tags,
        "larger_than": rule.larger_than,
        "smaller_than": rule.smaller_than,
        "excluded": [asdict(one) for one in rule.excluded],
        "expiration": _when_members(rule.expiration),
        "expired_markers": rule.removes_expired_markers or None,
        "transitions": [
            {"when": _when_members(one.when), "storage_class": one.storage_class}
            for one in rule.transitions
        ],
        "abort": _when_members(rule.abort),
        "noncurrent_expiration": rule.noncurrent_expiration and asdict(rule.noncurrent_expiration),
        "noncurrent_transitions": [asdict(one) for one in rule.noncurrent_transitions],
    }
    return {name: value for name, value in members.items() if value not in (None, [], ())}


@lru_cache(maxsize=1000)
def kept_lifecycle(document: str | None) -> Lifecycle:
    """The rules of a document as it is kept, read once and then from memory; none without one."""
    return Lifecycle(()) if document is None else read_lifecycle_document(document)


def read_lifecycle_document(text: str) -> Lifecycle:
    """The inverse of `lifecycle_document`."""
    return Lifecycle(tuple(_read_rule(members) for members in json.loads(text)))


def _read_rule(members: Mapping[str, Any]) -> LifecycleRule:
    noncurrent = members.get("noncurrent_expiration")
    return LifecycleRule(
        id=members["id"],
        prefix=members["prefix"],
        is_enabled=members["enabled"],
        tags=tuple((name, value) for name, value in members.get("tags", ())),
        larger_than=members.get("larger_than"),
        smaller_than=members.get("smaller_than"),
        excluded=tuple(_read_exclusion(one) for one in members.get("excluded", ())),
        expiration=_read_when(members.get("expiration")),
        removes_expired_markers=members.get("expired_markers", False),
        transitions=tuple(_read_transition(one) for one in members.get("transitions", ())),
        abort=_read_when(members.get("abort")),
        noncurrent_expiration=None if noncurrent is None else NoncurrentExpiration(**noncurrent),
        noncurrent_transitions=tuple(
            NoncurrentTransition(**one) for one in members.get("noncurrent_transitions", ())
        ),
    )


def _read_exclusion(members: Mapping[str, Any]) -> Exclusion:
    tag = members["tag"]
    return Exclusion(members["prefix"], None if tag is None else (tag[0], tag[1]))


def _read_transition(members: Mapping[str, Any]) -> Transition:
    when = _read_when(members["when"])
    assert when is not None
    return Transition(when, members["storage_class"])


def _when_members(when: When | None) -> dict[str, int] | None:
    if when is None:
        return None
    amount = when.days if isinstance(when, AfterDays) else when.moment_ms
    return {_NAMES[type(when)]: amount}


def _read_when(members: Mapping[str, int] | None) -> When | None:
    if members is None:
        return None
    ((name, amount),) = members.items()
    return _WHENS[name](amount)
