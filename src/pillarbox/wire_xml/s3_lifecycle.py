"""Lifecycle rules of a bucket as S3's XML document (S3: "PutBucketLifecycleConfiguration").

The older document of S3, in which a prefix stands in the rule itself, is read as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.lifecycle import (
    CreatedBefore,
    Lifecycle,
    LifecycleRule,
    NoncurrentExpiration,
    NoncurrentTransition,
    Transition,
    When,
)
from pillarbox.model.storage_classes import IN_S3, OF_S3
from pillarbox.wire_xml.lifecycle_values import (
    LIFECYCLE_CONFIGURATION,
    Children,
    read_tag,
    read_when,
    status_node,
    tag_node,
    when_node,
)
from pillarbox.wire_xml.tree import Node, local_name, text_of

_WHENS = ("Days", "Date")
_CRITERIA = ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
_ABORT_DAYS = "DaysAfterInitiation"


class _Filter(NamedTuple):
    """Which objects a rule is for."""

    prefix: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    larger_than: int | None = None
    smaller_than: int | None = None


def s3_lifecycle_node(lifecycle: Lifecycle) -> Node:
    """The document that says what the rules say.

    Raises:
        Refusal: `NotImplemented` for what S3's documents have no words for.
    """
    return (LIFECYCLE_CONFIGURATION, [("Rule", list(_nodes(rule))) for rule in lifecycle.rules])


def read_s3_lifecycle(root: Element) -> Lifecycle:
    """The inverse of `s3_lifecycle_node`; a rule without an id has an empty one.

    The values are not checked, see `model.lifecycle_check`.

    Raises:
        Refusal: `MalformedXML` for an element that isn't of the schema, `NotImplemented` for a
            class of S3's that nothing here can be put into.
    """
    if any(local_name(child) != "Rule" for child in root):
        raise refusals.MALFORMED_XML()
    return Lifecycle(tuple(_read_rule(child) for child in root))


def _read_rule(element: Element) -> LifecycleRule:
    rule = Children(
        element,
        (
            *("ID", "Prefix", "Status", "Filter", "Expiration", "AbortIncompleteMultipartUpload"),
            "NoncurrentVersionExpiration",
        ),
        ("Transition", "NoncurrentVersionTransition"),
    )
    expiration, abort, noncurrent = (
        rule.one(name)
        for name in ("Expiration", "AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration")
    )
    when, markers = (None, False) if expiration is None else _read_expiration(expiration)
    chosen = _read_filter(rule)
    return LifecycleRule(
        id=rule.text("ID") or "",
        prefix=chosen.prefix,
        is_enabled=rule.is_enabled(),
        tags=chosen.tags,
        larger_than=chosen.larger_than,
        smaller_than=chosen.smaller_than,
        expiration=when,
        removes_expired_markers=markers,
        transitions=tuple(_read_transition(one) for one in rule.all("Transition")),
        abort=None if abort is None else _read_abort(abort),
        noncurrent_expiration=None if noncurrent is None else _read_noncurrent(noncurrent),
        noncurrent_transitions=tuple(
            _read_noncurrent_transition(one) for one in rule.all("NoncurrentVersionTransition")
        ),
    )


def _read_filter(rule: Children) -> _Filter:
    """What the rule says of its objects; S3 wants a filter or a prefix, and not both."""
    element = rule.one("Filter")
    if (element is None) == (rule.one("Prefix") is None):
        raise refusals.MALFORMED_XML()
    if element is None:
        return _Filter(rule.text("Prefix") or "")
    if len(element) > 1:
        raise refusals.MALFORMED_XML()
    children = Children(element, (*_CRITERIA, "Tag", "And"))
    both = children.one("And")
    if both is not None:
        if len(both) < 2:
            raise refusals.MALFORMED_XML()
        children = Children(both, _CRITERIA, ("Tag",))
    return _Filter(
        children.text("Prefix") or "",
        tuple(read_tag(tag) for tag in children.all("Tag")),
        children.number("ObjectSizeGreaterThan"),
        children.number("ObjectSizeLessThan"),
    )


def _read_expiration(element: Element) -> tuple[When | None, bool]:
    children = Children(element, (*_WHENS, "ExpiredObjectDeleteMarker"))
    when, markers = read_when(children, _WHENS), children.truth("ExpiredObjectDeleteMarker")
    if when is None and not markers:
        raise refusals.MALFORMED_XML()
    return when, markers


def _read_abort(element: Element) -> When:
    when = read_when(Children(element, (_ABORT_DAYS,)), (_ABORT_DAYS,))
    if when is None:
        raise refusals.MALFORMED_XML()
    return when


def _read_transition(element: Element) -> Transition:
    children = Children(element, (*_WHENS, "StorageClass"))
    when = read_when(children, _WHENS)
    if when is None:
        raise refusals.MALFORMED_XML()
    return Transition(when, _read_class(children))


def _read_noncurrent(element: Element) -> NoncurrentExpiration:
    children = Children(element, ("NoncurrentDays", "NewerNoncurrentVersions"))
    return NoncurrentExpiration(children.needed_number("NoncurrentDays"), _read_kept(children))


def _read_noncurrent_transition(element: Element) -> NoncurrentTransition:
    children = Children(element, ("NoncurrentDays", "NewerNoncurrentVersions", "StorageClass"))
    days = children.needed_number("NoncurrentDays")
    return NoncurrentTransition(days, _read_class(children), _read_kept(children))


def _read_kept(children: Children) -> int:
    return children.number("NewerNoncurrentVersions") or 0


def _read_class(children: Children) -> str:
    element = children.one("StorageClass")
    name = "" if element is None else text_of(element)
    storage_class = OF_S3.get(name)
    if storage_class is None:
        raise refusals.MALFORMED_XML()
    if storage_class == "Standard":
        raise refusals.NOT_IMPLEMENTED(f"Transitions to {name} are not implemented.")
    return storage_class


def _nodes(rule: LifecycleRule) -> Iterator[Node]:
    yield ("ID", rule.id)
    yield ("Filter", _filter_nodes(rule))
    yield status_node(is_enabled=rule.is_enabled)
    if rule.expiration is not None:
        yield ("Expiration", [_when_node(rule.expiration)])
    elif rule.removes_expired_markers:
        yield ("Expiration", [("ExpiredObjectDeleteMarker", "true")])
    for transition in rule.transitions:
        class_node = ("StorageClass", IN_S3[transition.storage_class])
        yield ("Transition", [_when_node(transition.when), class_node])
    if rule.abort is not None:
        yield ("AbortIncompleteMultipartUpload", [_when_node(rule.abort, _ABORT_DAYS)])
    if rule.noncurrent_expiration is not None:
        noncurrent = rule.noncurrent_expiration
        yield ("NoncurrentVersionExpiration", _noncurrent_nodes(noncurrent.days, noncurrent.kept))
    for one in rule.noncurrent_transitions:
        nodes = _noncurrent_nodes(one.days, one.kept)
        yield (
            "NoncurrentVersionTransition",
            [*nodes, ("StorageClass", IN_S3[one.storage_class])],
        )


def _filter_nodes(rule: LifecycleRule) -> list[Node]:
    """One criterion stands alone, several stand in And."""
    if rule.excluded:
        raise _unspeakable("leaves some objects alone (Not)")
    criteria: list[Node] = [tag_node(tag) for tag in rule.tags]
    if rule.larger_than is not None:
        criteria.append(("ObjectSizeGreaterThan", str(rule.larger_than)))
    if rule.smaller_than is not None:
        criteria.append(("ObjectSizeLessThan", str(rule.smaller_than)))
    if rule.prefix or not criteria:
        criteria.insert(0, ("Prefix", rule.prefix))
    return criteria if len(criteria) == 1 else [("And", criteria)]


def _when_node(when: When, days: str = "Days") -> Node:
    if isinstance(when, CreatedBefore):
        raise _unspeakable("goes by CreatedBeforeDate")
    return when_node(when, days)


def _noncurrent_nodes(days: int, kept: int) -> list[Node]:
    nodes: list[Node] = [("NewerNoncurrentVersions", str(kept))] if kept else []
    return [("NoncurrentDays", str(days)), *nodes]


def _unspeakable(what: str) -> refusals.Refusal:
    return refusals.NOT_IMPLEMENTED(
        f"A lifecycle rule of this bucket {what}, for which S3 has no words: ask in OSS's dialect."
    )
