"""Reading permission documents: what is taken, and which statement a refusal names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pillarbox.access.ram import DocumentKind, RamPolicyError, read_ram_policy

IDENTITY, BUCKET, TRUST = DocumentKind.IDENTITY, DocumentKind.BUCKET, DocumentKind.TRUST

STATEMENT = {"Effect": "Allow", "Action": "oss:PutObject", "Resource": "acs:oss:*:*:photos/*"}


def text_of(*statements: Any, **members: Any) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements), **members})


def flaw_of(text: str, kind: DocumentKind = IDENTITY) -> str:
    with pytest.raises(RamPolicyError) as raised:
        read_ram_policy(text, kind)
    return str(raised.value)


def test_reads_a_statement() -> None:
    (statement,) = read_ram_policy(text_of({**STATEMENT, "Sid": "up"}), IDENTITY).statements
    assert (statement.name, statement.effect, statement.actions) == (
        "up",
        "Allow",
        ("oss:PutObject",),
    )
    assert statement.principals is None
    assert not statement.not_actions


def test_a_statement_without_a_sid_has_its_number() -> None:
    policy = read_ram_policy(text_of(STATEMENT, STATEMENT), IDENTITY)
    assert [statement.name for statement in policy.statements] == ["number 1", "number 2"]


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        ({"Effect": "allow"}, "Effect must be Allow or Deny"),
        ({"Effect": None}, "Effect must be"),
        ({"Action": []}, "Action must be a text or a list of texts"),
        ({"Action": "oss:PutObjekt"}, "'oss:PutObjekt' is none of OSS"),
        ({"Action": "ecs:*"}, "'ecs:*' is none of OSS"),
        ({"Action": 1}, "Action must be a text"),
        ({"NotAction": "oss:*"}, "Action or NotAction, and not both"),
        ({"Resource": "photos/*"}, "is none of OSS: write acs:oss:"),
        ({"Resource": "acs:ecs:*:*:x"}, "is none of OSS"),
        ({"Resource": "acs:oss:*:*:"}, "names no bucket"),
        ({"Resource": "acs:oss:*:*:${acs:user}/*"}, "variables are not understood"),
        ({"Principal": "*"}, "'Principal', which is not understood"),
        ({"NotResource": "*"}, "'NotResource', which is not understood"),
        ({"Condition": []}, "Condition must be an object"),
        ({"Condition": {"StringLike": {}}}, "StringLike must be an object of keys"),
        ({"Condition": {"StringLykes": {"oss:Prefix": "a"}}}, "'StringLykes' is not understood"),
        ({"Condition": {"StringLike": {"oss:Prefiks": "a"}}}, "'oss:Prefiks' is not understood"),
        ({"Condition": {"Bool": {"oss:Prefix": "a"}}}, "Bool can't be asked about the key"),
        ({"Condition": {"Bool": {"acs:SecureTransport": "yes"}}}, "neither true nor false"),
        ({"Condition": {"IpAddress": {"acs:SourceIp": "here"}}}, "is no address"),
        ({"Condition": {"DateLessThan": {"acs:CurrentTime": "2030-01-01"}}}, "no time with a zone"),
        ({"Condition": {"StringLike": {"oss:Prefix": []}}}, "a text or a list of texts"),
        ({"Sid": 1}, "Sid must be a text"),
        ({"Condition": {"IpAddress": {"acs:SourceIp": "::ffff:192.0.2.0/95"}}}, "no range such as"),
        ({"Action": "oss:CopyObject"}, "'oss:CopyObject' is none of OSS"),
        ({"Action": "sts:AssumeRole"}, "'acs:oss:*:*:photos/*'"),
        ({"Action": ["oss:GetObject", "sts:*"]}, "the Action 'sts:*' is asked of none of its"),
        ({"Resource": "acs:ram:*:*:*"}, "is asked of the Resource 'acs:ram:*:*:*'"),
        ({"Resource": ["*", "acs:ram::1:role/a"]}, "is asked of the Resource 'acs:ram::1:role/a'"),
        ({"Action": "*", "Resource": "acs:ram::1:user/a"}, "names no role"),
        ({"Action": "*", "Resource": "acs:ram::1:role/"}, "names no role"),
        ({"Action": "*", "Resource": "acs:ram::1:u*"}, "names no role"),
        ({"Action": "*", "Resource": "acs:ram:cn-hangzhou:1:role/a"}, "names no role"),
    ],
)
def test_names_the_faulty_statement(change: dict[str, Any], flaw: str) -> None:
    told = flaw_of(text_of(STATEMENT, {**STATEMENT, **change}))
    assert told.startswith("statement 2: ")
    assert flaw in told


@pytest.mark.parametrize("missing", ["Effect", "Action", "Resource"])
def test_needs_its_elements(missing: str) -> None:
    statement = {name: value for name, value in STATEMENT.items() if name != missing}
    assert flaw_of(text_of(statement)).startswith("statement 1: ")


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", "is not JSON"),
        ("[]", "must be an object"),
        ("nul", "is not JSON"),
        ('{"Version":"1","Version":"1"}', "'Version' occurs twice"),
        ('{"Version":NaN}', "NaN is no JSON"),
        ("[" * 9 + "]" * 9, "nested deeper"),
        ('{"Version":"2012-10-17","Statement":[]}', 'Version must be "1"'),
        ('{"Version":"1"}', "Statement must be a list"),
        ('{"Version":"1","Statement":[]}', "Statement must be a list"),
        ('{"Version":"1","Statement":["x"]}', "statement 1: it must be an object"),
        ('{"Version":"1","Statements":[]}', "'Statements', which is not understood"),
        (" " * 16385, "longer than 16384 bytes"),
    ],
)
def test_refuses_what_is_no_document(text: str, flaw: str) -> None:
    assert flaw in flaw_of(text)


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        [],
        "1000000000000001",
        ["1000000000000001:user/webform", "acs:ram::1000000000000001:role/uploader"],
        "acs:ram::1000000000000001:root",
        "arn:sts::1000000000000001:assumed-role/uploader/*",
        {"RAM": ["acs:ram::1000000000000001:root"]},
    ],
)
def test_a_bucket_policy_has_principals(principal: Any) -> None:
    policy = read_ram_policy(text_of({**STATEMENT, "Principal": principal}), BUCKET)
    assert policy.statements[0].principals


@pytest.mark.parametrize(
    ("principal", "flaw"),
    [
        (None, "Principal is missing"),
        ("eric", "'eric' is nobody"),
        ("1:user/", "is nobody"),
        ("1:root/x", "is nobody"),
        ("1:root/", "is nobody"),
        ("1234:users/bob", "'1234:users/bob' is nobody"),
        ("1234:userbob", "'1234:userbob' is nobody"),
        ("1234:rolebob", "is nobody"),
        ("1234:role//x", "'1234:role//x' is nobody"),
        ("1234:role/a/", "is nobody"),
        ("1234:role/a/b/c", "is nobody"),
        ("1234:user/a/b", "is nobody"),
        ("1234:user/a b", "is nobody"),
        ("1234:user/" + "a" * 65, "is nobody"),
        ("acs:ram::1234:assumed-user/a", "is nobody"),
        ({"Service": "oss"}, "'Service', which is not understood"),
        ({"RAM": []}, "Principal must be a text"),
    ],
)
def test_a_principal_must_be_somebody(principal: Any, flaw: str) -> None:
    assert flaw in flaw_of(text_of({**STATEMENT, "Principal": principal}), BUCKET)


def test_a_trust_policy_has_no_resource() -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "1"}
    assert read_ram_policy(text_of(trust), TRUST).statements
    assert "'Resource', which is not understood" in flaw_of(
        text_of({**trust, "Resource": "*"}), TRUST
    )


@pytest.mark.parametrize(
    ("kind", "change", "flaw"),
    [
        (BUCKET, {"Action": "sts:AssumeRole"}, "'sts:AssumeRole' never applies"),
        (BUCKET, {"Action": ["oss:GetObject", "sts:*"]}, "'sts:*' never applies"),
        (BUCKET, {"NotAction": ["oss:GetObject", "sts:AssumeRole"]}, "speaks of actions of OSS"),
        (BUCKET, {"Action": "*", "Resource": "acs:ram::1:role/a"}, "'acs:ram::1:role/a'"),
        (BUCKET, {"NotAction": "oss:*"}, "its NotAction leaves no action"),
        (TRUST, {"Action": "oss:PutObject"}, "speaks of sts:AssumeRole alone"),
        (TRUST, {"Action": ["sts:AssumeRole", "oss:*"]}, "'oss:*' never applies"),
        (TRUST, {"NotAction": "oss:*"}, "'oss:*' never applies"),
        (TRUST, {"NotAction": "*"}, "its NotAction leaves no action"),
        (IDENTITY, {"NotAction": ["oss:*", "sts:*"]}, "its NotAction leaves no action"),
        (IDENTITY, {"NotAction": "oss:*"}, "'acs:oss:*:*:photos/*'"),
    ],
)
def test_what_can_never_apply(kind: DocumentKind, change: dict[str, Any], flaw: str) -> None:
    told = flaw_of(text_of(_of_kind(kind, {}), _of_kind(kind, change)), kind)
    assert told.startswith("statement 2: ")
    assert flaw in told


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (BUCKET, {"Action": "*"}),
        (BUCKET, {"NotAction": "oss:Get*"}),
        (TRUST, {"Action": "*"}),
        (TRUST, {"Action": "STS:assume*"}),
        (IDENTITY, {"Action": ["sts:AssumeRole", "oss:PutObject"], "Resource": "*"}),
        (IDENTITY, {"Action": "sts:AssumeRole", "Resource": ["acs:ram::1:role/a", "acs:*:*:*:*"]}),
        (IDENTITY, {"NotAction": "oss:*", "Resource": "acs:ram:*:*:*"}),
        (IDENTITY, {"NotAction": "sts:*"}),
        (IDENTITY, {"Action": "*", "Resource": "acs:ram::1:r*"}),
    ],
)
def test_what_can_apply(kind: DocumentKind, change: dict[str, Any]) -> None:
    assert read_ram_policy(text_of(_of_kind(kind, change)), kind).statements


def _of_kind(kind: DocumentKind, change: dict[str, Any]) -> dict[str, Any]:
    """A statement that such a document can have, changed."""
    statement = {**STATEMENT, "Principal": "1"}
    if kind is IDENTITY:
        del statement["Principal"]
    if kind is TRUST:
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "1"}
    if "NotAction" in change:
        del statement["Action"]
    return {**statement, **change}


def test_takes_actions_of_operations_that_are_not_served() -> None:
    text = text_of({**STATEMENT, "Action": ["oss:PutBucketRTC", "oss:Get*", "*"]})
    assert read_ram_policy(text, IDENTITY).statements[0].actions[0] == "oss:PutBucketRTC"
