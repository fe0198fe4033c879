"""What permission documents say about one question."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pillarbox.access.ram.actions import action_matches
from pillarbox.access.ram.conditions import Condition
from pillarbox.access.ram.document import Effect, RamPolicy, Statement
from pillarbox.access.ram.question import Question

__all__ = ["Effect", "Finding", "evaluate", "looks_at"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: the effect, and the statement that has it.

    Attributes:
        effect: None if no statement speaks of the question: an implicit denial.
        statement: name of the statement that decides; empty if none does.
        policy: name of its document; empty for one that has none.
    """

    effect: Effect | None = None
    statement: str = ""
    policy: str = ""


_SILENCE = Finding()


def evaluate(policies: Iterable[RamPolicy], question: Question) -> Finding:
    """The first Deny among all statements that speak of the question, else the first Allow."""
    allowed = _SILENCE
    for policy in policies:
        for statement in policy.statements:
            if allowed.effect is not None and statement.effect is Effect.ALLOW:
                continue
            if not _speaks_of(statement, question):
                continue
            if statement.effect is Effect.DENY:
                return Finding(Effect.DENY, statement.name, policy.name)
            allowed = Finding(Effect.ALLOW, statement.name, policy.name)
    return allowed


def looks_at(
    policies: Iterable[RamPolicy], question: Question, about: Callable[[Condition], bool]
) -> bool:
    """Whether what these documents say of the question may hang on the tags of an object.

    Args:
        about: whether a condition is about those tags.
    """
    return any(
        any(about(condition) for condition in statement.conditions)
        and _may_speak_of(statement, question)
        and all(c.holds(question.context) for c in statement.conditions if c.tag is None)
        for policy in policies
        for statement in policy.of_tags
    )


def _speaks_of(statement: Statement, question: Question) -> bool:
    return _may_speak_of(statement, question) and all(
        condition.holds(question.context) for condition in statement.conditions
    )


def _may_speak_of(statement: Statement, question: Question) -> bool:
    """Whether all but the conditions are as the question is."""
    named = any(action_matches(pattern, question.action) for pattern in statement.actions)
    return (
        named is not statement.not_actions
        and _concerns(statement, question)
        and any(resource.covers(question) for resource in statement.resources)
    )


def _concerns(statement: Statement, question: Question) -> bool:
    """Whether the requester is one of the statement's principals.

    `*` without a condition is everybody but the bucket's owner, with one it is everybody
    (OSS: "Bucket Policy", how it works).
    """
    if statement.principals is None:
        return True
    requester = question.requester
    owner = requester.is_account and requester.account_id == question.owner_id
    for principal in statement.principals:
        if principal.is_anybody and owner and not statement.conditions:
            continue
        if principal.names(requester):
            return True
    return False
