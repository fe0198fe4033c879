"""Documents that an earlier version took: what never applies is let pass, what isn't understood
any more denies everything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pillarbox.access.decision import Grants, decide
from pillarbox.access.ram import (
    DocumentKind,
    Effect,
    RamPolicyError,
    evaluate,
    kept_ram_policy,
    read_ram_policy,
)
from tests.access.ram.questions import ACCOUNT, ANYBODY, USER, question

IDENTITY, BUCKET, TRUST = DocumentKind.IDENTITY, DocumentKind.BUCKET, DocumentKind.TRUST
PHOTOS = "acs:oss:*:*:photos/*"


def text_of(**statement: Any) -> str:
    return json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", **statement}]})


NEVER_APPLIES = [
    (IDENTITY, text_of(Action=["oss:PutObject", "sts:AssumeRole"], Resource=PHOTOS)),
    (BUCKET, text_of(Action=["oss:PutObject", "sts:AssumeRole"], Resource=PHOTOS, Principal="*")),
    (TRUST, text_of(Action=["sts:AssumeRole", "oss:*"], Principal={"RAM": "1000000000000001"})),
]


@pytest.mark.parametrize(("kind", "text"), NEVER_APPLIES)
def test_what_never_applies_is_refused_when_it_is_put_only(kind: DocumentKind, text: str) -> None:
    with pytest.raises(RamPolicyError, match=r"never applies|asked of none"):
        read_ram_policy(text, kind)
    asked = question("sts:AssumeRole" if kind is TRUST else "oss:PutObject")
    assert evaluate((kept_ram_policy(text, kind),), asked).effect is Effect.ALLOW


@pytest.mark.parametrize("kind", [IDENTITY, TRUST])
@pytest.mark.parametrize("text", [text_of(Action="oss:CopyObject", Resource="*"), "{", ""])
def test_what_is_not_understood_any_more_denies_everything(kind: DocumentKind, text: str) -> None:
    found = evaluate((kept_ram_policy(text, kind),), question("oss:GetObject"))
    assert found.effect is Effect.DENY
    assert "not understood any more, put it again" in found.statement


def test_of_a_bucket_it_denies_all_but_the_account_that_owns_it() -> None:
    policy = kept_ram_policy(text_of(Action="oss:CopyObject", Resource="*", Principal="*"), BUCKET)
    allowing = read_ram_policy(text_of(Action="oss:*", Resource="*"), IDENTITY)
    for requester, is_allowed in ((ANYBODY, False), (USER, False), (ACCOUNT, True)):
        for action in ("oss:PutObject", "oss:DeleteBucketPolicy"):
            key = "a" if action == "oss:PutObject" else None
            grants = Grants(own=(allowing,) if requester is USER else (), bucket=policy)
            asked = question(action, key, requester)
            assert decide(asked, grants).is_allowed is is_allowed, (requester, action)


def test_an_empty_prefix_can_be_asked_for() -> None:
    """A listing of the root and of one folder, as OSS's example grants it."""
    policy = read_ram_policy(
        text_of(
            Action="oss:ListObjects",
            Resource="acs:oss:*:*:photos",
            Condition={"StringLike": {"oss:Delimiter": "/", "oss:Prefix": ["", "incoming/*"]}},
        ),
        IDENTITY,
    )

    def verdict(**asked: Any) -> Any:
        return evaluate((policy,), question("oss:ListObjects", None, **asked)).effect

    assert verdict(prefix="", delimiter="/") is Effect.ALLOW
    assert verdict(prefix="incoming/a", delimiter="/") is Effect.ALLOW
    assert verdict(prefix="other/", delimiter="/") is not Effect.ALLOW
    assert verdict(prefix="", delimiter="") is not Effect.ALLOW
    with pytest.raises(RamPolicyError):
        read_ram_policy(
            text_of(
                Action="oss:ListObjects",
                Resource="acs:oss:*:*:photos",
                Condition={"IpAddress": {"acs:SourceIp": ""}},
            ),
            IDENTITY,
        )
