"""Our signatures against those of others, byte for byte.

`recorded/signatures.json` holds what ali-oss and OpenSSL made, see `record/signers.py`; the Go
program's policy and signature stand in its recorded form.
"""

from __future__ import annotations

import json
import re
import shutil
from base64 import b64decode
from typing import Any

import pytest

from pillarbox.forms import Credentials, sign_policy_v1, sign_policy_v4, v4_scope_fields
from pillarbox.forms.post_form import PostForm
from pillarbox.policy import FieldCondition, read_policy
from tests.clients.record.command_line import NODE_MODULES
from tests.clients.record.forms import CREDENTIALS, EXPIRES, REGION, V4_DATE
from tests.clients.record.signers import (
    CALLBACKS,
    FORMS,
    SIGNATURES,
    TEXTS,
    V1_VECTORS,
    V4_VECTORS,
    sign_with_ali_oss,
    signed_v1,
    signed_v4,
)
from tests.signing import vectors

RECORDED: dict[str, Any] = json.loads(SIGNATURES.read_text("utf-8"))
ALI_OSS: dict[str, Any] = RECORDED["ali-oss"]

pytestmark = pytest.mark.filterwarnings("ignore::pillarbox.forms.doubts.DoubtfulForm")


@pytest.mark.parametrize("name", FORMS)
def test_a_form_signs_as_ali_oss_does_by_v1(name: str) -> None:
    fields = signed_v1(FORMS[name]).fields
    expected = ALI_OSS["v1"][name]
    assert {field: fields[field] for field in expected} == expected
    assert list(expected) == ["OSSAccessKeyId", "Signature", "policy"]


@pytest.mark.parametrize("name", FORMS)
def test_a_form_signs_as_ali_oss_does_by_v4(name: str) -> None:
    fields = signed_v4(FORMS[name]).fields
    expected = ALI_OSS["v4"][name]
    assert {field: fields[field] for field in expected} == expected
    assert list(expected) == ["policy", "x-oss-signature"]


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_is_encoded_as_ali_oss_does(name: str) -> None:
    assert CALLBACKS[name].encode() == ALI_OSS["callbacks"][name]


def test_the_published_v1_vectors() -> None:
    for name, policy, field, signature in (
        ("P1", vectors.P1_POLICY, vectors.P1_FIELD, vectors.P1_SIGNATURE),
        ("P2", vectors.P2_POLICY, vectors.P2_FIELD, vectors.P2_SIGNATURE),
    ):
        fields = sign_policy_v1(policy, CREDENTIALS)
        assert fields == {
            "OSSAccessKeyId": CREDENTIALS.access_key_id,
            "policy": field,
            "Signature": signature,
        }
        assert fields == ALI_OSS["v1"][name]
    assert set(V1_VECTORS) <= set(ALI_OSS["v1"])


@pytest.mark.parametrize(
    ("policy", "signature"),
    [
        (vectors.P3_POLICY, vectors.P3_SIGNATURE),
        (vectors.P3_LISTS_POLICY, vectors.P3_LISTS_SIGNATURE),
    ],
)
def test_the_policies_of_the_java_sdk(policy: str, signature: str) -> None:
    fields = sign_policy_v1(policy, Credentials("A" * 16, vectors.P3_SECRET))
    assert fields["Signature"] == signature
    assert b64decode(fields["policy"]).decode() == policy


@pytest.mark.parametrize(
    ("name", "policy", "token", "signature"),
    [
        ("P4", vectors.P4_POLICY, None, vectors.P4_SIGNATURE),
        ("P5", vectors.P5_POLICY, vectors.TOKEN, vectors.P5_SIGNATURE),
    ],
)
def test_the_published_v4_vectors(
    name: str, policy: str, token: str | None, signature: str
) -> None:
    credentials = Credentials(vectors.KEY_ID, vectors.SECRET, token)
    fields = sign_policy_v4(policy, credentials, REGION, V4_DATE)
    assert fields["x-oss-signature"] == signature == ALI_OSS["v4"][name]["x-oss-signature"]
    assert fields["policy"] == ALI_OSS["v4"][name]["policy"]
    assert fields["x-oss-credential"] == vectors.P4_CREDENTIAL
    assert fields["x-oss-date"] == vectors.P4_DATE
    assert fields.get("x-oss-security-token") == token
    assert set(V4_VECTORS) <= set(ALI_OSS["v4"])


def test_the_policy_of_the_go_sample() -> None:
    (recording,) = SIGNATURES.parent.glob("go-sample-*.http")
    body = recording.read_bytes().decode("latin-1")
    sent = dict(re.findall(r'name="([^"]+)"\r\n\r\n(.*?)\r\n--', body, re.S))
    policy = b64decode(sent["policy"]).decode()
    assert policy.startswith('{"conditions":[')
    assert policy.endswith(f'"expiration":"{EXPIRES:%Y-%m-%dT%H:%M:%S}.000Z"}}')
    fields = sign_policy_v4(policy, CREDENTIALS, REGION, V4_DATE)
    assert {name: sent[name] for name in fields} == fields


@pytest.mark.parametrize("name", TEXTS)
def test_texts_as_others_write_them(name: str) -> None:
    text, credentials = TEXTS[name]
    fields = sign_policy_v1(text, credentials)
    assert fields == {"OSSAccessKeyId": credentials.access_key_id} | RECORDED["openssl"][name]


def test_a_form_has_the_conditions_of_the_java_and_csharp_samples() -> None:
    form = PostForm(
        endpoint="https://oss-cn-hangzhou.aliyuncs.com",
        bucket="example-bucket",
        key="user/eric/${filename}",
        min_size=1,
        max_size=1024,
        metadata={"tag": "dummy_etag_xxx"},
        conditions=[
            ["eq", "$key", r"user/eric/\${filename}"],
            ["starts-with", "$x-oss-meta-tag", "dummy_etag"],
        ],
    )
    ours = read_policy(signed_v1(form).fields["policy"])
    text, _ = TEXTS["csharp-sample"]
    csharp = read_policy(sign_policy_v1(text, CREDENTIALS)["policy"])
    java = read_policy(
        sign_policy_v1(vectors.P3_POLICY.replace("gen-post-policy", "example-bucket"), CREDENTIALS)[
            "policy"
        ]
    )
    assert csharp.conditions == java.conditions
    # All but `user/eric` without a slash, which would let a visitor write `user/erica/…` too.
    theirs = {one.render() for one in csharp.conditions if isinstance(one, FieldCondition)}
    mine = {one.render() for one in ours.conditions if isinstance(one, FieldCondition)}
    assert theirs - mine == {'["starts-with", "$key", "user/eric"]'}
    assert ours.size_range == csharp.size_range


def test_what_a_v4_policy_must_name() -> None:
    fields = v4_scope_fields(Credentials(vectors.KEY_ID, "s", vectors.TOKEN), REGION, V4_DATE)
    assert fields == {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": vectors.P4_CREDENTIAL,
        "x-oss-date": vectors.P4_DATE,
        "x-oss-security-token": vectors.TOKEN,
    }


@pytest.mark.skipif(
    shutil.which("node") is None or not (NODE_MODULES / "ali-oss").exists(),
    reason="ali-oss is not installed (make services)",
)
def test_ali_oss_still_signs_so() -> None:
    assert sign_with_ali_oss() == {name: ALI_OSS[name] for name in ("v1", "v4", "callbacks")}
