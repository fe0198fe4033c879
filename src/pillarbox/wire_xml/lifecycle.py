"""Lifecycle rules of a bucket as OSS's XML document (OSS: "PutBucketLifecycle")."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.lifecycle import (
    Exclusion,
    Lifecycle,
    LifecycleRule,
    NoncurrentExpiration,
    NoncurrentTransition,
    Transition,
    When,
)
from pillarbox.model.object_headers import STORAGE_CLASSES
from pillarbox.wire_xml.lifecycle_values import (
    LIFECYCLE_CONFIGURATION,
    Children,
    read_tag,
    read_when,
    status_node,
    tag_node,
    when_node,
)
from pillarbox.wire_xml.tree import Node, local_name

_WHENS = ("Days", "CreatedBeforeDate", "Date")
#: Of rules that go by the last access, which is not kept here.
_BY_ACCESS = ("IsAccessTime", "ReturnToStdWhenVisit", "AllowSmallFile")
_SIZES = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")


def lifecycle_node(lifecycle: Lifecycle) -> Node:
    """The document that says what the rules say.

    Raises:
        Refusal: `NotImplemented` for what OSS's documents have no words for.
    """
    return (LIFECYCLE_CONFIGURATION, [("Rule", list(_nodes(rule))) for rule in lifecycle.rules])


def read_lifecycle(root: Element) -> Lifecycle:
    """The inverse of `lifecycle_node`; a rule without an id has an empty one.

    The values are not checked, see `model.lifecycle_check`.

    Raises:
        Refusal: `MalformedXML` for an element that isn't of the schema, `NotImplemented` for rules
            that go by the last access.
    """
    if any(local_name(child) != "Rule" for child in root):
        raise refusals.MALFORMED_XML()
    return Lifecycle(tuple(_read_rule(child) for child in root))


def _read_rule(element: Element) -> LifecycleRule:
    rule = Children(
        element,
        (
            *("ID", "Prefix", "Status", "Filter", "Expiration", "AbortMultipartUpload"),
            *("NoncurrentVersionExpiration", "AtimeBase"),
        ),
        ("Tag", "Transition", "NoncurrentVersionTransition"),
    )
    if rule.one("AtimeBase") is not None:
        raise _by_access("AtimeBase")
    expiration, abort, noncurrent, filter_ = (
        rule.one(name)
        for name in ("Expiration", "AbortMultipartUpload", "NoncurrentVersionExpiration", "Filter")
    )
    when, markers = (None, False) if expiration is None else _read_expiration(expiration)
    sizes, excluded = ((None, None), ()) if filter_ is None else _read_filter(filter_)
    return LifecycleRule(
        id=rule.text("ID") or "",
        prefix=rule.text("Prefix") or "",
        is_enabled=rule.is_enabled(),
        tags=tuple(read_tag(tag) for tag in rule.all("Tag")),
        larger_than=sizes[0],
        smaller_than=sizes[1],
        excluded=excluded,
        expiration=when,
        removes_expired_markers=markers,
        transitions=tuple(_read_transition(one) for one in rule.all("Transition")),
        abort=None if abort is None else _needed_when(Children(abort, _WHENS[:2])),
        noncurrent_expiration=None if noncurrent is None else _read_noncurrent(noncurrent),
        noncurrent_transitions=tuple(
            _read_noncurrent_transition(one) for one in rule.all("NoncurrentVersionTransition")
        ),
    )


def _read_expiration(element: Element) -> tuple[When | None, bool]:
    children = Children(element, (*_WHENS, "ExpiredObjectDeleteMarker"))
    when, markers = read_when(children, _WHENS), children.truth("ExpiredObjectDeleteMarker")
    if when is None and not markers:
        raise refusals.MALFORMED_XML(ec="0014-00000060")
    return when, markers


def _read_filter(
    element: Element,
) -> tuple[tuple[int | None, int | None], tuple[Exclusion, ...]]:
    children = Children(element, _SIZES, ("Not",))
    sizes = (children.number(_SIZES[0]), children.number(_SIZES[1]))
    return sizes, tuple(_read_exclusion(one) for one in children.all("Not"))


def _read_exclusion(element: Element) -> Exclusion:
    children = Children(element, ("Prefix", "Tag"))
    prefix, tag = children.text("Prefix"), children.one("Tag")
    if prefix is None:
        raise refusals.MALFORMED_XML()
    return Exclusion(prefix, None if tag is None else read_tag(tag))


def _read_transition(element: Element) -> Transition:
    children = Children(element, (*_WHENS[:2], "StorageClass", *_BY_ACCESS))
    storage_class = _read_class(children)
    return Transition(_needed_when(children), storage_class)


def _read_noncurrent(element: Element) -> NoncurrentExpiration:
    return NoncurrentExpiration(
        Children(element, ("NoncurrentDays",)).needed_number("NoncurrentDays")
    )


def _read_noncurrent_transition(element: Element) -> NoncurrentTransition:
    children = Children(element, ("NoncurrentDays", "StorageClass", *_BY_ACCESS))
    return NoncurrentTransition(children.needed_number("NoncurrentDays"), _read_class(children))


def _read_class(children: Children) -> str:
    for name in _BY_ACCESS:
        if children.truth(name) or (name != "IsAccessTime" and children.one(name) is not None):
            raise _by_access(name)
    name = (children.text("StorageClass") or "").strip()
    if name not in STORAGE_CLASSES[1:]:
        raise refusals.MALFORMED_XML()
    return name


def _needed_when(children: Children) -> When:
    when = read_when(children, _WHENS[:2])
    if when is None:
        raise refusals.MALFORMED_XML()
    return when


def _by_access(name: str) -> refusals.Refusal:
    return refusals.NOT_IMPLEMENTED(
        f"Lifecycle rules by the last access ({name}) are not implemented."
    )


def _nodes(rule: LifecycleRule) -> Iterator[Node]:
    yield ("ID", rule.id)
    yield ("Prefix", rule.prefix)
    yield status_node(is_enabled=rule.is_enabled)
    yield from (tag_node(tag) for tag in rule.tags)
    if rule.larger_than is not None or rule.smaller_than is not None or rule.excluded:
        yield ("Filter", list(_filter_nodes(rule)))
    if rule.expiration is not None:
        yield ("Expiration", [when_node(rule.expiration)])
    elif rule.removes_expired_markers:
        yield ("Expiration", [("ExpiredObjectDeleteMarker", "true")])
    for transition in rule.transitions:
        yield (
            "Transition",
            [when_node(transition.when), ("StorageClass", transition.storage_class)],
        )
    if rule.abort is not None:
        yield ("AbortMultipartUpload", [when_node(rule.abort)])
    if rule.noncurrent_expiration is not None:
        noncurrent = rule.noncurrent_expiration
        yield ("NoncurrentVersionExpiration", [_noncurrent_days(noncurrent.days, noncurrent.kept)])
    for one in rule.noncurrent_transitions:
        days = _noncurrent_days(one.days, one.kept)
        yield ("NoncurrentVersionTransition", [days, ("StorageClass", one.storage_class)])


def _filter_nodes(rule: LifecycleRule) -> Iterator[Node]:
    for name, size in zip(_SIZES, (rule.larger_than, rule.smaller_than), strict=True):
        if size is not None:
            yield (name, str(size))
    for exclusion in rule.excluded:
        tags = [] if exclusion.tag is None else [tag_node(exclusion.tag)]
        yield ("Not", [("Prefix", exclusion.prefix), *tags])


def _noncurrent_days(days: int, kept: int) -> Node:
    if kept:
        raise refusals.NOT_IMPLEMENTED(
            "A lifecycle rule of this bucket keeps a number of noncurrent versions, "
            "for which OSS has no words: ask in S3's dialect."
        )
    return ("NoncurrentDays", str(days))
