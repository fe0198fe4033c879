import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.access.caller import ANONYMOUS, Caller
from pillarbox.access.form_authentication import VerifiedPolicies, authenticate_form
from pillarbox.access.ram import Requester
from pillarbox.access.session_token import Session
from pillarbox.access.signers import Signers
from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.model.objects import AccessKey
from pillarbox.model.refusals import Refusal
from pillarbox.policy import S3_POLICY, PostPolicy, read_policy
from pillarbox.signing import post_v1
from tests.access.keys import GOOD, SIGNERS, TOKENS, roles
from tests.refusing import refused
from tests.signing import vectors

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SIGNER = Caller(Requester("owner"), GOOD.id)
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)
V1 = {
    "OSSAccessKeyId": vectors.KEY_ID,
    "policy": vectors.P1_FIELD,
    "Signature": vectors.P1_SIGNATURE,
}
V4 = {
    "x-oss-signature-version": "OSS4-HMAC-SHA256",
    "x-oss-credential": vectors.P4_CREDENTIAL,
    "x-oss-date": vectors.P4_DATE,
    "policy": base64.b64encode(vectors.P4_POLICY.encode()).decode(),
    "x-oss-signature": vectors.P4_SIGNATURE,
}


def judge(
    fields: Mapping[str, str],
    region: str | None = None,
    now: datetime = NOW,
    verified: VerifiedPolicies | None = None,
) -> tuple[Caller, PostPolicy | None]:
    form = SubmittedForm.of(fields.items(), FilePart())
    kept = VerifiedPolicies() if verified is None else verified
    return asyncio.run(authenticate_form(form, SIGNERS, now, region, kept))


def test_nobody() -> None:
    assert judge({"key": "k"}) == (ANONYMOUS, None)


def test_v1_by_a_published_vector() -> None:
    assert judge(V1) == (SIGNER, read_policy(vectors.P1_FIELD))


def test_v4_by_a_published_vector() -> None:
    assert judge(V4) == (SIGNER, read_policy(V4["policy"]))


def test_the_field_is_signed_as_it_stands() -> None:
    field = vectors.P1_FIELD + "\r\n"
    digest = hmac.new(GOOD.secret.encode(), field.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode()
    assert judge(V1 | {"policy": field, "Signature": signature})[0] == SIGNER


@pytest.mark.parametrize(
    "signature",
    [
        vectors.P1_SIGNATURE[::-1],
        vectors.P1_SIGNATURE.lower(),
        vectors.P1_SIGNATURE + " ",
        vectors.P1_SIGNATURE[:-1],
        "not base64 é",
        "x" * 500,
    ],
)
def test_a_wrong_v1_signature(signature: str) -> None:
    with refused(
        "SignatureDoesNotMatch",
        403,
        MISMATCH,
        ec="0002-00000705",
        OSSAccessKeyId=GOOD.id,
        SignatureProvided=signature[:128],
    ):
        judge(V1 | {"Signature": signature})


@pytest.mark.parametrize("signature", [vectors.P4_SIGNATURE.upper(), vectors.P5_SIGNATURE, "é"])
def test_a_wrong_v4_signature(signature: str) -> None:
    with refused(
        "SignatureDoesNotMatch",
        403,
        MISMATCH,
        ec="0002-00000705",
        OSSAccessKeyId=GOOD.id,
        SignatureProvided=signature,
    ):
        judge(V4 | {"x-oss-signature": signature})


def test_a_signature_of_another_policy() -> None:
    with refused(
        "SignatureDoesNotMatch",
        403,
        MISMATCH,
        ec="0002-00000705",
        OSSAccessKeyId=GOOD.id,
        SignatureProvided=vectors.P1_SIGNATURE,
    ):
        judge(V1 | {"policy": vectors.P2_FIELD})


@pytest.mark.parametrize(
    ("key_id", "ec"), [("Nobody", "0002-00000902"), ("Disabled", "0002-00000904")]
)
def test_the_key_is_looked_up_before_anything_is_compared(key_id: str, ec: str) -> None:
    with refused("InvalidAccessKeyId", 403, ec=ec):
        judge(V1 | {"OSSAccessKeyId": key_id, "Signature": "wrong", "policy": "%%%"})
    credential = V4["x-oss-credential"].replace(GOOD.id, key_id)
    with refused("InvalidAccessKeyId", 403, ec=ec):
        judge(V4 | {"x-oss-credential": credential, "x-oss-signature": "wrong"})


def test_the_signature_is_compared_before_the_policy_is_read() -> None:
    digest = hmac.new(GOOD.secret.encode(), b"%%%", hashlib.sha1).digest()
    right = base64.b64encode(digest).decode()
    with refused("InvalidPolicyDocument", 400, ec="0006-00000202"):
        judge(V1 | {"policy": "%%%", "Signature": right})
    with refused(
        "SignatureDoesNotMatch",
        403,
        ec="0002-00000705",
        OSSAccessKeyId=GOOD.id,
        SignatureProvided="wrong",
    ):
        judge(V1 | {"policy": "%%%", "Signature": "wrong"})


def test_a_session_signs_with_its_token() -> None:
    session = Session("STS.a1", "owner", "uploader", 0, "app", NOW + timedelta(hours=1))
    token, secret = TOKENS.seal(session), TOKENS.secret_of("STS.a1")
    fields = V1 | {
        "OSSAccessKeyId": "STS.a1",
        "Signature": post_v1.sign(secret, V1["policy"].encode()),
    }
    caller, policy = judge(fields | {"x-oss-security-token": token})
    assert caller.requester == Requester("owner", role="uploader", session="app")
    assert policy is not None
    with refused("InvalidAccessKeyId", 403, ec="0002-00000902"):
        judge(fields)
    with refused("InvalidSecurityToken", 403):
        judge(fields | {"x-oss-security-token": token[:-8]})
    with refused("AccessKeyIdAndSecurityTokenNotMatch", 403):
        judge(V1 | {"x-oss-security-token": token})


def test_an_empty_token_is_none() -> None:
    assert judge(V1 | {"x-oss-security-token": ""})[0] == SIGNER


def test_a_region_may_be_pinned() -> None:
    assert judge(V4, region="cn-hangzhou")[0] == SIGNER
    with refused(
        "InvalidArgument",
        400,
        "the region 'cn-hangzhou' is wrong; expecting 'eu-west-1'",
        ec="0002-00000710",
        ArgumentName="x-oss-credential",
    ):
        judge(V4, region="eu-west-1")
    assert judge(V1, region="eu-west-1")[0] == SIGNER


@pytest.mark.parametrize(
    ("age", "message"),
    [
        (timedelta(minutes=-15, seconds=-1), "x-oss-date is more than 15 minutes in the future."),
        (timedelta(days=7, seconds=1), "x-oss-date is more than 7 days ago."),
    ],
)
def test_a_v4_form_has_its_time(age: timedelta, message: str) -> None:
    with refused(
        "InvalidArgument",
        400,
        message,
        ec="0002-00000709",
        ArgumentName="x-oss-date",
        ArgumentValue=vectors.P4_DATE,
    ):
        judge(V4, now=NOW + age)


class TestVerifiedPolicies:
    def test_what_was_right_is_right_again(self) -> None:
        kept = VerifiedPolicies()
        first = judge(V1, verified=kept)[1]
        assert judge(V1, verified=kept)[1] is first
        again = judge(V4, verified=kept)[1]
        assert judge(V4, verified=kept)[1] is again

    def test_what_was_kept_does_not_help_another_signature(self) -> None:
        kept = VerifiedPolicies()
        judge(V1, verified=kept)
        judge(V4, verified=kept)
        for wrong in (V1 | {"Signature": "x"}, V4 | {"x-oss-signature": "x"}):
            with refused(
                "SignatureDoesNotMatch",
                403,
                ec="0002-00000705",
                OSSAccessKeyId=GOOD.id,
                SignatureProvided="x",
            ):
                judge(wrong, verified=kept)

    def test_nor_a_key_made_anew_under_an_old_id(self) -> None:
        kept = VerifiedPolicies()
        judge(V1, verified=kept)

        async def renewed(_: str) -> AccessKey:
            return AccessKey(GOOD.id, "another secret", "owner")

        form = SubmittedForm.of(V1.items(), FilePart())
        with refused(
            "SignatureDoesNotMatch",
            403,
            ec="0002-00000705",
            OSSAccessKeyId=GOOD.id,
            SignatureProvided=vectors.P1_SIGNATURE,
        ):
            asyncio.run(authenticate_form(form, Signers(renewed, roles, TOKENS), NOW, None, kept))

    @pytest.mark.parametrize(
        ("part", "other"), [("20300101/cn-hangzhou", "20300102/cn-hangzhou"), ("hangzhou", "other")]
    )
    def test_nor_another_day_or_region(self, part: str, other: str) -> None:
        kept = VerifiedPolicies()
        judge(V4, verified=kept)
        moved = V4 | {"x-oss-credential": V4["x-oss-credential"].replace(part, other)}
        if "20300102" in other:
            moved["x-oss-date"] = "20300102T000000Z"
        with refused(
            "SignatureDoesNotMatch",
            403,
            ec="0002-00000705",
            OSSAccessKeyId=GOOD.id,
            SignatureProvided=vectors.P4_SIGNATURE,
        ):
            judge(moved, now=NOW + timedelta(days="20300102" in other), verified=kept)

    def test_nor_a_v4_date_that_has_passed(self) -> None:
        kept = VerifiedPolicies()
        judge(V4, verified=kept)
        with refused(
            "InvalidArgument",
            400,
            ec="0002-00000709",
            ArgumentName="x-oss-date",
            ArgumentValue=vectors.P4_DATE,
        ):
            judge(V4, now=NOW + timedelta(days=8), verified=kept)

    def test_the_oldest_makes_room(self) -> None:
        policy = read_policy(vectors.P1_FIELD)
        kept = VerifiedPolicies(capacity=2)
        for name in "abc":
            kept.keep(policy, name)
        assert [kept.get(name) is policy for name in "abc"] == [False, True, True]

    def test_large_policies_are_not_kept(self) -> None:
        kept = VerifiedPolicies(largest=4)
        kept.keep(read_policy(vectors.P1_FIELD), "ab", "cde")
        assert kept.get("ab", "cde") is None
        kept.keep(read_policy(vectors.P1_FIELD), "ab", "cd")
        assert kept.get("ab", "cd") is not None


class TestS3:
    POLICY = base64.b64encode(
        b'{"expiration":"2031-01-01T00:00:00Z","conditions":[{"bucket":"b"}]}'
    ).decode()
    FIELDS = {  # noqa: RUF012 (not changed)
        "AWSAccessKeyId": vectors.KEY_ID,
        "policy": POLICY,
        "signature": post_v1.sign(vectors.SECRET, POLICY.encode()),
    }

    def test_v2_has_the_algorithm_of_v1(self) -> None:
        assert judge(self.FIELDS) == (SIGNER, read_policy(self.POLICY, S3_POLICY))

    def test_a_policy_that_was_read_for_oss_is_read_again(self) -> None:
        kept = VerifiedPolicies()
        text = '{"expiration":"2031-01-01T00:00:00Z","conditions":[["in","$key",["a"]]]}'
        field = base64.b64encode(text.encode()).decode()
        signature = post_v1.sign(vectors.SECRET, field.encode())
        judge({"OSSAccessKeyId": GOOD.id, "policy": field, "Signature": signature}, verified=kept)
        with pytest.raises(Refusal, match="unknown operation 'in'"):
            judge(
                {"AWSAccessKeyId": GOOD.id, "policy": field, "signature": signature},
                verified=kept,
            )

    def test_its_own_token_counts(self) -> None:
        with pytest.raises(Refusal, match="InvalidSecurityToken"):
            judge({**self.FIELDS, "x-amz-security-token": "t"})
