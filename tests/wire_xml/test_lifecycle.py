from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
)
from pillarbox.wire_xml.lifecycle import lifecycle_node, read_lifecycle
from pillarbox.wire_xml.s3_lifecycle import read_s3_lifecycle, s3_lifecycle_node
from pillarbox.wire_xml.tree import Node, read_document, write_document
from tests.model.test_lifecycle_actions import RULES
from tests.refusing import refused

Reader = Callable[[Element], Lifecycle]

JUNE_MS = 1780272000000


def sayable(rule: LifecycleRule) -> LifecycleRule:
    """The rule as a document can say it: an expiration of two kinds is none."""
    if rule.expiration is None:
        return rule
    return replace(rule, removes_expired_markers=False)


def in_oss(rule: LifecycleRule) -> LifecycleRule:
    noncurrent = rule.noncurrent_expiration
    return replace(
        sayable(rule),
        noncurrent_expiration=None if noncurrent is None else replace(noncurrent, kept=0),
        noncurrent_transitions=tuple(replace(one, kept=0) for one in rule.noncurrent_transitions),
        transitions=tuple(one for one in rule.transitions if not isinstance(one.when, OnDate)),
    )


def in_s3(rule: LifecycleRule) -> LifecycleRule:
    ends = None if isinstance(rule.expiration, CreatedBefore) else rule.expiration
    transitions = [one for one in rule.transitions if not isinstance(one.when, CreatedBefore)]
    return replace(
        sayable(replace(rule, expiration=ends)), transitions=tuple(transitions), excluded=()
    )


def written(node: Node) -> Element:
    return read_document(write_document(node))


@given(st.lists(RULES.map(in_oss), max_size=3))
def test_what_is_written_for_oss_is_read(rules: list[LifecycleRule]) -> None:
    lifecycle = Lifecycle(tuple(rules))
    assert read_lifecycle(written(lifecycle_node(lifecycle))) == lifecycle


@given(st.lists(RULES.map(in_s3), max_size=3))
def test_what_is_written_for_s3_is_read(rules: list[LifecycleRule]) -> None:
    lifecycle = Lifecycle(tuple(rules))
    assert read_s3_lifecycle(written(s3_lifecycle_node(lifecycle))) == lifecycle


def document(rule: str) -> Element:
    return read_document(f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>".encode())


def test_a_document_of_oss() -> None:
    rule = """
    <Rule><ID>r</ID><Prefix>log/</Prefix><Status>Enabled</Status>
      <Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value/></Tag>
      <Filter><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan>
        <Not><Prefix>log/keep/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></Not></Filter>
      <Expiration><CreatedBeforeDate>2026-06-01T00:00:00.000Z</CreatedBeforeDate></Expiration>
      <Transition><Days>30</Days><StorageClass>IA</StorageClass>
        <IsAccessTime>false</IsAccessTime></Transition>
      <NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays></NoncurrentVersionExpiration>
      <NoncurrentVersionTransition><NoncurrentDays>3</NoncurrentDays>
        <StorageClass>Archive</StorageClass></NoncurrentVersionTransition>
    </Rule>
    <Rule><Prefix/><Status>Disabled</Status>
      <Expiration><ExpiredObjectDeleteMarker>True</ExpiredObjectDeleteMarker></Expiration>
      <AbortMultipartUpload><Days>1</Days></AbortMultipartUpload></Rule>"""
    assert read_lifecycle(document(rule)).rules == (
        LifecycleRule(
            "r",
            "log/",
            tags=(("a", "1"), ("b", "")),
            larger_than=500,
            excluded=(Exclusion("log/keep/", ("k", "v")),),
            expiration=CreatedBefore(JUNE_MS),
            transitions=(Transition(AfterDays(30), "IA"),),
            noncurrent_expiration=NoncurrentExpiration(7),
            noncurrent_transitions=(NoncurrentTransition(3, "Archive"),),
        ),
        LifecycleRule("", is_enabled=False, removes_expired_markers=True, abort=AfterDays(1)),
    )


def test_a_document_of_s3() -> None:
    rule = """
    <Rule><ID>r</ID><Filter><And><Prefix>log/</Prefix><Tag><Key>a</Key><Value>1</Value></Tag>
        <ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter><Status>Enabled</Status>
      <Expiration><Date>2026-06-01T00:00:00Z</Date></Expiration>
      <Transition><Date>2026-05-01T00:00:00Z</Date><StorageClass>GLACIER</StorageClass></Transition>
      <NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays>
        <NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration></Rule>
    <Rule><Filter/><Status>Enabled</Status><AbortIncompleteMultipartUpload>
      <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
    <Rule><Prefix>old</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>
    """
    assert read_s3_lifecycle(document(rule)).rules == (
        LifecycleRule(
            "r",
            "log/",
            tags=(("a", "1"),),
            smaller_than=9,
            expiration=OnDate(JUNE_MS),
            transitions=(Transition(OnDate(JUNE_MS - 31 * 86_400_000), "ColdArchive"),),
            noncurrent_expiration=NoncurrentExpiration(7, 2),
        ),
        LifecycleRule("", abort=AfterDays(7)),
        LifecycleRule("", "old", expiration=AfterDays(1)),
    )


OSS_RULE = "<Rule><Prefix/><Status>Enabled</Status>{}</Rule>"
S3_RULE = "<Rule><Filter/><Status>Enabled</Status>{}</Rule>"


@pytest.mark.parametrize("days", ["", "1.5", "-1", "soon", "1" * 19])
@pytest.mark.parametrize(
    ("read", "rule"), [(read_lifecycle, OSS_RULE), (read_s3_lifecycle, S3_RULE)]
)
def test_what_is_no_number(read: Reader, rule: str, days: str) -> None:
    with refused("MalformedXML"):
        read(document(rule.format(f"<Expiration><Days>{days}</Days></Expiration>")))


@pytest.mark.parametrize(
    "inner",
    [
        "<Prefix/>",
        "<Expiration><Days>1</Days><Date>2026-06-01T00:00:00Z</Date></Expiration>",
        "<Expiration><Date>tomorrow</Date></Expiration>",
        "<Transition><StorageClass>IA</StorageClass></Transition>",
        "<Transition><Days>1</Days><StorageClass>Standard</StorageClass></Transition>",
        "<NoncurrentVersionExpiration/>",
        "<Tag><Key/><Value>v</Value></Tag>",
        "<Filter><Not/></Filter>",
        "<Filter><Prefix>a</Prefix></Filter>",
        "<AbortMultipartUpload/>",
        "<Status>Enabled</Status>",
        "<Expiration><ExpiredObjectDeleteMarker>maybe</ExpiredObjectDeleteMarker></Expiration>",
    ],
)
def test_what_is_not_of_the_schema_of_oss(inner: str) -> None:
    with refused("MalformedXML"):
        read_lifecycle(document(OSS_RULE.format(inner)))


def test_an_expiration_that_says_nothing() -> None:
    with refused("MalformedXML", ec="0014-00000060"):
        read_lifecycle(document(OSS_RULE.format("<Expiration/>")))
    for broken in ("<Rule><Prefix/></Rule>", "<Rule><Status>On</Status></Rule>", "<Other/>"):
        with refused("MalformedXML"):
            read_lifecycle(document(broken))


@pytest.mark.parametrize("name", ["IsAccessTime", "ReturnToStdWhenVisit", "AllowSmallFile"])
def test_rules_by_the_last_access_are_refused(name: str) -> None:
    inner = f"<Days>1</Days><StorageClass>IA</StorageClass><{name}>true</{name}>"
    with refused("NotImplemented", 501):
        read_lifecycle(document(OSS_RULE.format(f"<Transition>{inner}</Transition>")))


@pytest.mark.parametrize(
    "rule",
    [
        "<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>",
        S3_RULE.format("<Prefix/>"),
        S3_RULE.format("<Expiration/>"),
        S3_RULE.format("<AbortIncompleteMultipartUpload/>"),
        S3_RULE.format("<Transition><Days>1</Days><StorageClass>IA</StorageClass></Transition>"),
        S3_RULE.format("<Transition><StorageClass>GLACIER</StorageClass></Transition>"),
        S3_RULE.replace("<Filter/>", "<Filter><And><Prefix>a</Prefix></And></Filter>").format(""),
        S3_RULE.replace(
            "<Filter/>",
            "<Filter><Prefix>a</Prefix><ObjectSizeLessThan>1</ObjectSizeLessThan></Filter>",
        ).format(""),
        "<Other/>",
    ],
)
def test_what_is_not_of_the_schema_of_s3(rule: str) -> None:
    with refused("MalformedXML"):
        read_s3_lifecycle(document(rule))


def test_a_class_of_s3_that_nothing_is_put_into() -> None:
    inner = "<Days>1</Days><StorageClass>INTELLIGENT_TIERING</StorageClass>"
    with refused("NotImplemented", 501):
        read_s3_lifecycle(document(S3_RULE.format(f"<Transition>{inner}</Transition>")))


def test_what_the_other_dialect_has_no_words_for() -> None:
    kept = LifecycleRule("r", noncurrent_expiration=NoncurrentExpiration(1, 2))
    with refused("NotImplemented", 501):
        lifecycle_node(Lifecycle((kept,)))
    for rule in (
        LifecycleRule("r", expiration=CreatedBefore(0)),
        LifecycleRule("r", expiration=AfterDays(1), excluded=(Exclusion("a"),)),
    ):
        with refused("NotImplemented", 501):
            s3_lifecycle_node(Lifecycle((rule,)))
