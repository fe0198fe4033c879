"""A PostForm in the dialect of S3: its fields, and that its own policy covers them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pillarbox.forms import (
    Callback,
    Credentials,
    DoubtfulForm,
    PostForm,
    SignedForm,
    sign_s3_v2,
    sign_s3_v4,
)

# What is hardly meant is the subject of tests of its own.
pytestmark = pytest.mark.filterwarnings("ignore::pillarbox.forms.doubts.DoubtfulForm")

NOW = datetime(2030, 1, 1, tzinfo=UTC)
CREDENTIALS = Credentials("TestAccessKeyId01", "TestAccessKeySecret0123456789")
TEMPORARY = Credentials("STS.TestAccessKeyId01", "TestAccessKeySecret0123456789", "token==")
CALLBACK = Callback(url="https://site.example/done", body="key=${object}")

Sign = Callable[[PostForm], SignedForm]


def _v4(form: PostForm) -> SignedForm:
    return sign_s3_v4(form, TEMPORARY, "eu-central-1", now=NOW)


def _v2(form: PostForm) -> SignedForm:
    return sign_s3_v2(form, TEMPORARY, now=NOW)


def form_of(**changed: Any) -> PostForm:
    arguments: dict[str, Any] = {
        "endpoint": "http://127.0.0.1:9000",
        "bucket": "resumes",
        "key_prefix": "2030/eric/",
    }
    return PostForm(**arguments | changed)


FULL = form_of(
    max_size=10_485_760,
    min_size=1,
    content_types=("application/pdf",),
    acl="public-read",
    success_status=201,
    metadata={"Applicant": "Eric"},
    headers={"cache-control": "no-store"},
    storage_class="IA",
    tags={"kind": "cv + more"},
)


def test_each_field_is_spelled_as_s3_has_it() -> None:
    fields = _v4(FULL).fields
    assert {name: fields[name] for name in list(fields)[:8]} == {
        "acl": "public-read",
        "success_action_status": "201",
        "Cache-Control": "no-store",
        "x-amz-storage-class": "STANDARD_IA",
        "tagging": (
            "<Tagging><TagSet><Tag><Key>kind</Key><Value>cv + more</Value></Tag></TagSet></Tagging>"
        ),
        "x-amz-meta-applicant": "Eric",
        "Content-Type": "application/pdf",
        "key": "2030/eric/${filename}",
    }
    assert list(fields)[8:] == [
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-security-token",
        "policy",
        "x-amz-signature",
    ]


@pytest.mark.parametrize("sign", [_v4, _v2])
def test_every_field_is_covered(sign: Sign) -> None:
    signed = sign(FULL)
    named = set()
    for entry in json.loads(signed.policy)["conditions"]:
        named |= {name.lower() for name in entry} if isinstance(entry, dict) else {entry[1]}
    free = {"policy", "signature", "x-amz-signature", "awsaccesskeyid"}
    for name in signed.fields:
        assert name.lower() in free or {name.lower(), f"${name}"} & named, name
    assert signed.doubts == ()


def test_the_front_end_is_told_the_limits() -> None:
    signed = _v4(FULL)
    assert (signed.min_size, signed.max_size) == (1, 10_485_760)
    assert signed.content_types == signed.accept == ("application/pdf",)
    assert signed.expires == NOW + timedelta(hours=1)
    assert signed.action == "http://127.0.0.1:9000/resumes"


def test_an_acl_that_nobody_gave_is_no_field() -> None:
    assert "acl" not in _v4(form_of()).fields


def test_a_family_of_types_is_a_prefix() -> None:
    signed = _v4(form_of(content_types=("image/*",)))
    assert ["starts-with", "$Content-Type", "image/"] in json.loads(signed.policy)["conditions"]
    assert "Content-Type" not in signed.fields


def test_a_moment_of_expiry_is_kept() -> None:
    signed = _v4(form_of(expires=NOW + timedelta(minutes=5)))
    assert json.loads(signed.policy)["expiration"] == "2030-01-01T00:05:00Z"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"content_types": ("image/png", "image/jpeg")}, "several types"),
        ({"forbid_overwrite": True}, "forbid"),
        ({"storage_class": "DeepColdArchive"}, "no storage class"),
        ({"key_prefix": None, "key": "a/${filename}/b"}, "before its end"),
        ({"expires": NOW - timedelta(seconds=1)}, "have expired"),
        (
            {"callback": Callback(url="https://site.example/done", body="key=${object}")},
            "no callback",
        ),
    ],
)
@pytest.mark.parametrize("sign", [_v4, _v2])
def test_what_s3_can_not_say_is_refused(sign: Sign, changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        sign(form_of(**changed))


def test_what_is_hardly_meant_is_told() -> None:
    signed = _v4(form_of(acl="public-read-write"))
    assert any("no size cap" in doubt for doubt in signed.doubts)
    assert any("public-read-write" in doubt for doubt in signed.doubts)


def test_a_store_without_forms_is_named() -> None:
    form = form_of(endpoint="https://abc.r2.cloudflarestorage.com")
    with pytest.warns(DoubtfulForm, match="Cloudflare R2"):
        sign_s3_v4(form, CREDENTIALS, "auto")
