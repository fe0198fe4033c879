"""Reading permission documents: JSON text in, statements out, strict."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

from pillarbox.access.ram.actions import is_known_action
from pillarbox.access.ram.conditions import Condition, read_condition
from pillarbox.access.ram.principals import PrincipalPattern, read_principal
from pillarbox.access.ram.reach import check_reach
from pillarbox.access.ram.resources import ResourcePattern, read_resource
from pillarbox.model.limits import KIB

#: Bytes of UTF-8; a bucket policy may have 16 KB (OSS: "PutBucketPolicy").
MAX_DOCUMENT_SIZE = 16 * KIB

_MAX_STATEMENTS = 100
_MAX_DEPTH = 8


class RamPolicyError(ValueError):
    """The document can't be taken; the message says which statement is at fault, and why."""


class Effect(StrEnum):
    """What a statement does to a request that it speaks of."""

    ALLOW = "Allow"
    DENY = "Deny"


class DocumentKind(Enum):
    """Where a document is attached, which decides what its statements may have."""

    #: To a user, a role or a session: no Principal.
    IDENTITY = "RAM policy"
    #: To a bucket: a Principal.
    BUCKET = "bucket policy"
    #: To a role, saying who may assume it: a Principal and no Resource.
    TRUST = "trust policy"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        name: its Sid, or its number, for messages.
        not_actions: whether `actions` are those that it does not speak of.
        principals: None where the kind of document has none.
    """

    name: str
    effect: Effect
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[ResourcePattern, ...]
    principals: tuple[PrincipalPattern, ...] | None
    conditions: tuple[Condition, ...]

    @property
    def looks_at_tags(self) -> bool:
        """Whether one of its conditions is about tags of objects."""
        return any(condition.tag is not None for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class RamPolicy:
    """A document that was read.

    Attributes:
        name: that it is attached by; empty for one that has none.
        of_tags: those of the statements that have a condition on tags of objects.
    """

    kind: DocumentKind
    statements: tuple[Statement, ...]
    name: str = ""
    of_tags: tuple[Statement, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find once what every request asks."""
        found = tuple(statement for statement in self.statements if statement.looks_at_tags)
        object.__setattr__(self, "of_tags", found)


def read_ram_policy(text: str, kind: DocumentKind) -> RamPolicy:
    """The document that `text` spells, to be put.

    Raises:
        RamPolicyError: for whatever is not understood, and for what can never apply.
    """
    return _document(text, kind, check_reach)


def kept_ram_policy(text: str, kind: DocumentKind) -> RamPolicy:
    """A document that was read before it was kept, perhaps by an earlier version.

    What can never apply changes no verdict, so it is let pass. Where more isn't understood any
    more, nothing may be allowed by guessing: everything is denied. The account that owns a bucket
    can still put another policy, for a plain `*` doesn't mean it.
    """
    try:
        return _document(text, kind, _check_nothing)
    except RamPolicyError as error:
        return _denial(kind, f"(not understood any more, put it again: {error})")


def _check_nothing(*_: object, **__: object) -> None:
    """For documents that are there already."""


def _denial(kind: DocumentKind, name: str) -> RamPolicy:
    """A document that denies everything."""
    principals = None if kind is DocumentKind.IDENTITY else (PrincipalPattern("*"),)
    resources = (read_resource("*"),)
    return RamPolicy(
        kind, (Statement(name, Effect.DENY, ("*",), False, resources, principals, ()),)
    )


def _document(text: str, kind: DocumentKind, check: Callable[..., None]) -> RamPolicy:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_DOCUMENT_SIZE:
        raise RamPolicyError(f"the {kind.value} is longer than {MAX_DOCUMENT_SIZE} bytes")
    document = _members("the document", _json(text, kind), {"Version", "Statement", "Id"})
    if document.get("Version") != "1":
        raise RamPolicyError('Version must be "1"')
    listed = document.get("Statement")
    if not isinstance(listed, list) or not 1 <= len(listed) <= _MAX_STATEMENTS:
        raise RamPolicyError(f"Statement must be a list of 1 to {_MAX_STATEMENTS} statements")
    return RamPolicy(
        kind,
        tuple(_statement(number, entry, kind, check) for number, entry in enumerate(listed, 1)),
    )


def _json(text: str, kind: DocumentKind) -> Any:
    if _depth(text) > _MAX_DEPTH:
        raise RamPolicyError(f"the {kind.value} is nested deeper than {_MAX_DEPTH} levels")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RamPolicyError:
        raise
    except (ValueError, RecursionError) as error:
        raise RamPolicyError(f"the {kind.value} is not JSON: {error}") from None


def _depth(text: str) -> int:
    """At least the depth of nesting: brackets in strings count as well."""
    deepest = depth = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RamPolicyError(f"{twice!r} occurs twice")
    return members


def _no_constant(text: str) -> Any:
    raise RamPolicyError(f"{text} is no JSON")


def _members(what: str, value: Any, allowed: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RamPolicyError(f"{what} must be an object")
    for name in value:
        if name not in allowed:
            raise RamPolicyError(f"{what} has {name!r}, which is not understood")
    return value


#: Of what each kind speaks.
_SERVICES = {
    DocumentKind.IDENTITY: frozenset({"oss", "ram"}),
    DocumentKind.BUCKET: frozenset({"oss"}),
    DocumentKind.TRUST: frozenset({"ram"}),
}

_ELEMENTS = {
    DocumentKind.IDENTITY: {"Resource"},
    DocumentKind.BUCKET: {"Resource", "Principal"},
    DocumentKind.TRUST: {"Principal"},
}


def _statement(
    number: int, entry: Any, kind: DocumentKind, check: Callable[..., None]
) -> Statement:
    try:
        elements = {"Sid", "Effect", "Action", "NotAction", "Condition"} | _ELEMENTS[kind]
        members = _members("it", entry, elements)
        actions, not_actions = _actions(members)
        resources = _resources(members, kind)
        check(actions, resources, _SERVICES[kind], not_actions=not_actions)
        sid = members.get("Sid", "")
        if not isinstance(sid, str):
            raise RamPolicyError("Sid must be a text")
        return Statement(
            name=sid or f"number {number}",
            effect=_effect(members),
            actions=actions,
            not_actions=not_actions,
            resources=tuple(resource for _, resource in resources),
            principals=_principals(members, kind),
            conditions=_conditions(members.get("Condition", {})),
        )
    except ValueError as error:
        raise RamPolicyError(f"statement {number}: {error}") from None


def _effect(members: Mapping[str, Any]) -> Effect:
    if members.get("Effect") not in ("Allow", "Deny"):
        raise RamPolicyError("Effect must be Allow or Deny")
    return Effect(members["Effect"])


def _actions(members: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    if ("Action" in members) is ("NotAction" in members):
        raise RamPolicyError("there must be Action or NotAction, and not both")
    not_actions = "NotAction" in members
    name = "NotAction" if not_actions else "Action"
    actions = _texts(name, members[name])
    for action in actions:
        if not is_known_action(action):
            raise RamPolicyError(f"the {name} {action!r} is none of OSS, such as oss:PutObject")
    return actions, not_actions


def _resources(
    members: Mapping[str, Any], kind: DocumentKind
) -> Sequence[tuple[str, ResourcePattern]]:
    """As they are spelled, and what they stand for."""
    texts = ("*",) if kind is DocumentKind.TRUST else _required("Resource", members)
    return [(text, read_resource(text)) for text in texts]


def _principals(
    members: Mapping[str, Any], kind: DocumentKind
) -> tuple[PrincipalPattern, ...] | None:
    if kind is DocumentKind.IDENTITY:
        return None
    named = members.get("Principal")
    if named == [] and kind is DocumentKind.BUCKET:
        return (PrincipalPattern("*"),)  # OSS: "Policy syntax and elements", Principal
    if isinstance(named, dict):
        named = _members("Principal", named, {"RAM"}).get("RAM")
    if named is None:
        raise RamPolicyError("Principal is missing")
    return tuple(read_principal(text) for text in _texts("Principal", named))


def _conditions(block: Any) -> tuple[Condition, ...]:
    if not isinstance(block, dict):
        raise RamPolicyError("Condition must be an object of operators")
    conditions = []
    for operator, tests in block.items():
        if not isinstance(tests, dict) or not tests:
            raise RamPolicyError(f"the condition {operator} must be an object of keys")
        for key, values in tests.items():
            conditions.append(read_condition(operator, key, _condition_values(key, values)))
    return tuple(conditions)


def _condition_values(key: str, values: Any) -> tuple[str, ...]:
    listed: Sequence[Any] = values if isinstance(values, list) else [values]
    spelled = ["true" if v is True else "false" if v is False else v for v in listed]
    if not spelled or not all(isinstance(text, str) for text in spelled):
        raise RamPolicyError(f"the value of {key} must be a text or a list of texts")
    # An empty one is a value too: the prefix of a listing that has none.
    return tuple(spelled)


def _required(name: str, members: Mapping[str, Any]) -> tuple[str, ...]:
    if name not in members:
        raise RamPolicyError(f"{name} is missing")
    return _texts(name, members[name])


def _texts(name: str, value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(text, str) and text for text in listed):
        raise RamPolicyError(f"{name} must be a text or a list of texts, none of them empty")
    return tuple(listed)
