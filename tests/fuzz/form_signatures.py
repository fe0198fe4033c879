"""Signatures of forms: OSS V1 and V4, S3 V2 and V4; nobody is believed but who signed the policy.

Input: lines `NAME=VALUE`, the fields of a form in their order.
"""

from __future__ import annotations

from pillarbox.access.form_authentication import VerifiedPolicies, authenticate_form
from pillarbox.forms.coverage import required_coverage, s3_coverage, strict_coverage
from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.forms.policy_signature import sign_policy_v1, sign_policy_v4
from pillarbox.forms.signed_form import Credentials
from pillarbox.model.dialects import OSS, S3
from pillarbox.model.refusals import Refusal
from pillarbox.policy import (
    check_conditions,
    check_coverage,
    check_expiry,
    encode_policy,
    policy_rules,
    read_policy,
)
from pillarbox.signing import post_v1, post_v4
from pillarbox.signing.post_v4 import Scope
from tests.access.keys import GOOD, SIGNERS
from tests.access.test_s3_authentication import NOW
from tests.fuzz.answered import check_answered
from tests.fuzz.finished import finished

_TEXT = (
    '{"expiration":"2030-01-01T01:00:00.000Z","conditions":[["starts-with","$key","up/"],'
    '["content-length-range",1,10]]}'
)
_POLICY = encode_policy(_TEXT)
#: Shared by all inputs, as it is by all forms of a server: what one brings in, another may find.
_VERIFIED = VerifiedPolicies(capacity=8)


def check(data: bytes) -> None:
    """A form is nobody's, or of the AccessKey and the policy that were signed."""
    lines = (line.partition(b"=") for line in data.split(b"\n"))
    fields = [
        (name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
        for name, _, value in lines
    ]
    try:
        form = SubmittedForm.of(fields, FilePart("a.txt", "text/plain"))
        caller, policy = finished(authenticate_form(form, SIGNERS, NOW, None, _VERIFIED))
    except Refusal as refusal:
        check_answered(refusal)
        return
    assert (caller.access_key_id is None) is (policy is None)
    if policy is None:
        return
    assert caller.access_key_id == GOOD.id
    assert form.get("policy") == _POLICY
    given = [value for name, value in form.values.items() if name in _SIGNATURE_FIELDS]
    assert _SIGNATURES.intersection(given)
    assert policy == read_policy(_POLICY, policy_rules(form.dialect))
    try:
        check_expiry(policy, NOW)
        check_coverage(policy, [*required_coverage(form), *s3_coverage(form)])
        check_coverage(policy, strict_coverage(form))
        check_conditions(policy, form.condition_values("drop"))
    except Refusal as refusal:
        check_answered(refusal)


def _form(fields: dict[str, str]) -> bytes:
    return "\n".join(f"{name}={value}" for name, value in fields.items()).encode()


def _s3_v2() -> dict[str, str]:
    signature = post_v1.sign(GOOD.secret, _POLICY.encode())
    return {"AWSAccessKeyId": GOOD.id, "policy": _POLICY, "signature": signature}


def _s3_v4() -> dict[str, str]:
    scope = Scope(GOOD.id, "20300101", "us-east-1")
    return {
        "x-amz-algorithm": S3.v4_algorithm,
        "x-amz-credential": scope.render(S3),
        "x-amz-date": "20300101T000000Z",
        "policy": _POLICY,
        "x-amz-signature": post_v4.sign(GOOD.secret, scope, _POLICY.encode(), S3),
    }


_CREDENTIALS = Credentials(GOOD.id, GOOD.secret)
_SIGNED = (
    sign_policy_v1(_TEXT, _CREDENTIALS),
    sign_policy_v4(_TEXT, _CREDENTIALS, "cn-hangzhou", NOW),
    _s3_v2(),
    _s3_v4(),
)
_SIGNATURE_FIELDS = frozenset({"signature", "x-oss-signature", "x-amz-signature"})
_SIGNATURES = frozenset(
    value
    for fields in _SIGNED
    for name, value in fields.items()
    if name.lower() in _SIGNATURE_FIELDS
)
_KEY = {"key": "up/${filename}", "x-ignore-a": "b"}
SEEDS = (*(_form(_KEY | fields) for fields in _SIGNED), _form(_KEY))
WORDS = (
    *(b"\npolicy=", b"\nsignature=", b"\nSignature=", b"\nOSSAccessKeyId=", b"\nx-amz-date="),
    *(b"\nx-oss-signature-version=", b"\nx-oss-credential=", b"\nx-oss-security-token=", b"\nkey="),
    *(b"\nx-amz-security-token=", OSS.v4_algorithm.encode(), S3.v4_algorithm.encode(), b"/oss/"),
)
