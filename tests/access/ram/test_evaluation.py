"""Which statements speak of a question, and what follows."""

from __future__ import annotations

import json
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from pillarbox.access.ram import (
    DocumentKind,
    Finding,
    Question,
    RamPolicy,
    Requester,
    evaluate,
    read_ram_policy,
)
from pillarbox.access.ram.document import Effect
from tests.access.ram.questions import (
    ACCOUNT,
    ANYBODY,
    NOW,
    OTHER_ACCOUNT,
    OTHER_USER,
    OWNER,
    SESSION,
    STRANGER,
    USER,
    context,
    question,
)

BASE = {"Effect": "Allow", "Action": "oss:PutObject", "Resource": "acs:oss:*:*:photos/*"}


def policy(*changes: dict[str, Any], kind: DocumentKind = DocumentKind.IDENTITY) -> RamPolicy:
    statements = [{**BASE, **change} for change in changes]
    return read_ram_policy(json.dumps({"Version": "1", "Statement": statements}), kind)


def speaks(change: dict[str, Any], asked: Question) -> bool:
    statement = {**BASE, **change}
    if "NotAction" in change:
        del statement["Action"]
    text = json.dumps({"Version": "1", "Statement": [statement]})
    kind = DocumentKind.BUCKET if "Principal" in change else DocumentKind.IDENTITY
    return evaluate((read_ram_policy(text, kind),), asked).effect is Effect.ALLOW


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"Action": "oss:Put*"}, True),
        ({"Action": "OSS:putobject"}, True),
        ({"Action": "*"}, True),
        ({"Action": "oss:GetObject"}, False),
        ({"Action": ["oss:GetObject", "oss:PutObject"]}, True),
        ({"NotAction": "oss:GetObject"}, True),
        ({"NotAction": ["oss:GetObject", "oss:P*"]}, False),
        ({"Resource": "*"}, True),
        ({"Resource": "acs:oss:*:*:*"}, True),
        ({"Resource": "acs:oss:*:*:photos"}, False),
        ({"Resource": "acs:oss:*:*:photos/incoming/*"}, True),
        ({"Resource": "acs:oss:*:*:photos/outgoing/*"}, False),
        ({"Resource": "acs:oss:*:*:Photos/*"}, False),
        ({"Resource": "acs:oss:::photos/*"}, True),
        ({"Resource": "acs:oss:oss-cn-hangzhou:*:photos/*"}, True),
        ({"Resource": "acs:oss:cn-hangzhou:*:photos/*"}, True),
        ({"Resource": "acs:oss:oss-cn-beijing:*:photos/*"}, False),
        ({"Resource": f"acs:oss:*:{OWNER}:photos/*"}, True),
        ({"Resource": f"acs:oss:*:{STRANGER}:photos/*"}, False),
        ({"Action": "*", "Resource": "acs:ram:*:*:*"}, False),
        ({"Resource": "acs:*:*:*:*"}, True),
    ],
)
def test_action_and_resource(change: dict[str, Any], expected: bool) -> None:
    assert speaks(change, question()) is expected


def test_a_colon_in_a_key_is_part_of_the_path() -> None:
    asked = question(key="a:b:c")
    assert speaks({"Resource": "acs:oss:*:*:photos/a:b:*"}, asked)
    assert not speaks({"Resource": "acs:oss:*:*:photos/a:c:*"}, asked)


@pytest.mark.parametrize(
    ("condition", "parts", "expected"),
    [
        ({"IpAddress": {"acs:SourceIp": "192.0.2.0/24"}}, {}, True),
        ({"IpAddress": {"acs:SourceIp": ["198.51.100.1", "192.0.2.7"]}}, {}, True),
        ({"IpAddress": {"acs:SourceIp": "198.51.100.0/24"}}, {}, False),
        ({"IpAddress": {"acs:SourceIp": "2001:db8::/32"}}, {}, False),
        (
            {"IpAddress": {"acs:SourceIp": "192.0.2.0/24"}},
            {"source_ip": ip_address("::ffff:192.0.2.7")},
            True,
        ),
        ({"IpAddress": {"acs:SourceIp": "192.0.2.0/24"}}, {"source_ip": None}, False),
        ({"IpAddress": {"acs:SourceIp": "::ffff:192.0.2.0/120"}}, {}, True),
        ({"IpAddress": {"acs:SourceIp": "::ffff:c000:207"}}, {}, True),
        ({"IpAddress": {"acs:SourceIp": "::ffff:192.0.2.0/125"}}, {}, True),
        ({"IpAddress": {"acs:SourceIp": "::ffff:192.0.2.0/126"}}, {}, False),
        ({"IpAddress": {"acs:SourceIp": "::ffff:0:0/96"}}, {}, True),
        ({"NotIpAddress": {"acs:SourceIp": "::ffff:192.0.2.0/120"}}, {}, False),
        (
            {"IpAddress": {"acs:SourceIp": "::ffff:192.0.2.0/120"}},
            {"source_ip": ip_address("::ffff:192.0.2.7")},
            True,
        ),
        (
            {"IpAddress": {"acs:SourceIp": "::ffff:0:0/96"}},
            {"source_ip": ip_address("2001:db8::7")},
            False,
        ),
        ({"NotIpAddress": {"acs:SourceIp": "192.0.2.0/24"}}, {}, False),
        ({"NotIpAddress": {"acs:SourceIp": ["198.51.100.0/24", "192.0.2.7"]}}, {}, False),
        ({"NotIpAddress": {"acs:SourceIp": "198.51.100.0/24"}}, {}, True),
        ({"NotIpAddress": {"acs:SourceIp": "192.0.2.0/24"}}, {"source_ip": None}, True),
        ({"Bool": {"acs:SecureTransport": "true"}}, {}, True),
        ({"Bool": {"acs:SecureTransport": True}}, {"secure": False}, False),
        ({"Bool": {"acs:SecureTransport": "False"}}, {"secure": False}, True),
        ({"Bool": {"pillarbox:Form": "true"}}, {"form": True}, True),
        ({"Bool": {"pillarbox:Form": "true"}}, {}, False),
        ({"DateLessThan": {"acs:CurrentTime": "2030-01-01T12:00:01Z"}}, {}, True),
        ({"DateLessThan": {"acs:CurrentTime": "2030-01-01T12:00:00Z"}}, {}, False),
        ({"DateLessThanEquals": {"acs:CurrentTime": "2030-01-01T12:00:00Z"}}, {}, True),
        ({"DateGreaterThan": {"acs:CurrentTime": "2030-01-01T20:00:00+08:00"}}, {}, False),
        ({"DateGreaterThanEquals": {"acs:CurrentTime": "2030-01-01T20:00:00+08:00"}}, {}, True),
        (
            {"DateGreaterThan": {"acs:CurrentTime": "2030-01-01T12:00:00Z"}},
            {"now": NOW + timedelta(seconds=1)},
            True,
        ),
        ({"DateEquals": {"acs:CurrentTime": "2030-01-01T12:00:00.000Z"}}, {}, True),
        ({"DateNotEquals": {"acs:CurrentTime": "2030-01-01T12:00:00Z"}}, {}, False),
        ({"StringEquals": {"oss:Prefix": "incoming/"}}, {"prefix": "incoming/"}, True),
        ({"StringEquals": {"oss:Prefix": "incoming/"}}, {"prefix": "Incoming/"}, False),
        ({"StringEquals": {"oss:Prefix": "incoming/"}}, {}, False),
        ({"StringNotEquals": {"oss:Prefix": "incoming/"}}, {}, True),
        ({"StringNotEquals": {"oss:Prefix": ["a", "b"]}}, {"prefix": "b"}, False),
        ({"StringEqualsIgnoreCase": {"oss:Prefix": "A"}}, {"prefix": "a"}, True),
        ({"StringNotEqualsIgnoreCase": {"oss:Prefix": "A"}}, {"prefix": "a"}, False),
        ({"StringLike": {"oss:Prefix": ["x", "in*/"]}}, {"prefix": "incoming/"}, True),
        ({"StringNotLike": {"oss:Prefix": "in*"}}, {"prefix": "incoming/"}, False),
        ({"StringLike": {"oss:Delimiter": "?"}}, {"delimiter": "/"}, True),
        ({"StringLike": {"acs:UserAgent": "*curl*"}}, {"user_agent": "curl/8"}, True),
        (
            {
                "StringLike": {"oss:Prefix": "in*", "oss:Delimiter": "/"},
                "Bool": {"acs:SecureTransport": "true"},
            },
            {"prefix": "incoming/", "delimiter": "/"},
            True,
        ),
        (
            {"StringLike": {"oss:Prefix": "in*", "oss:Delimiter": "/"}},
            {"prefix": "incoming/"},
            False,
        ),
    ],
)
def test_conditions(condition: dict[str, Any], parts: dict[str, Any], expected: bool) -> None:
    assert speaks({"Condition": condition}, question(**parts)) is expected


@pytest.mark.parametrize(
    ("principal", "requester", "expected"),
    [
        ("*", ANYBODY, True),
        ([], ANYBODY, True),
        ("*", OTHER_USER, True),
        ("*", USER, True),
        (STRANGER, OTHER_ACCOUNT, True),
        (STRANGER, OTHER_USER, True),
        (STRANGER, USER, False),
        (STRANGER, ANYBODY, False),
        (f"{OWNER}:user/webform", USER, True),
        (f"{OWNER}:user/web*", USER, True),
        (f"{OWNER}:user/other", USER, False),
        (f"{OWNER}:user/webform", ACCOUNT, False),
        (f"{OWNER}:user/webform", SESSION, False),
        (f"acs:ram::{OWNER}:user/webform", USER, True),
        (f"acs:ram::{STRANGER}:root", OTHER_ACCOUNT, True),
        (f"acs:ram::{STRANGER}:root", OTHER_USER, True),
        (f"{OWNER}:role/uploader", SESSION, True),
        (f"arn:sts::{OWNER}:assumed-role/uploader/app", SESSION, True),
        (f"arn:sts::{OWNER}:assumed-role/uploader/other", SESSION, False),
        (f"{OWNER}:role/uploader", USER, False),
        ("*:user/webform", USER, True),
    ],
)
def test_principals(principal: Any, requester: Requester, expected: bool) -> None:
    assert speaks({"Principal": principal}, question(requester=requester)) is expected


def test_everybody_without_a_condition_is_not_the_owner() -> None:
    """OSS: "Bucket Policy", how it works."""
    asked = question(requester=ACCOUNT)
    assert not speaks({"Principal": "*"}, asked)
    assert speaks({"Principal": "*", "Condition": {"Bool": {"acs:SecureTransport": "true"}}}, asked)
    assert speaks({"Principal": OWNER}, asked)


def test_a_denial_wins_wherever_it_stands() -> None:
    deny = {"Effect": "Deny", "Sid": "no"}
    for documents in (
        (policy({}, deny),),
        (policy(deny, {}),),
        (policy({}), policy(deny)),
        (policy(deny), policy({})),
    ):
        assert evaluate(documents, question()) == Finding(Effect.DENY, "no")


def test_the_first_that_allows_is_named() -> None:
    first, second = {"Sid": "one"}, {"Sid": "two"}
    assert evaluate((policy(first, second),), question()) == Finding(Effect.ALLOW, "one")
    assert evaluate((), question()) == Finding()


def test_a_role_is_a_resource() -> None:
    asked = Question(USER, "sts:AssumeRole", context(), owner_id=OWNER, role="uploader")
    assert speaks(
        {"Action": "sts:AssumeRole", "Resource": f"acs:ram::{OWNER}:role/uploader"}, asked
    )
    assert not speaks({"Action": "*", "Resource": "acs:oss:*:*:*"}, asked)
