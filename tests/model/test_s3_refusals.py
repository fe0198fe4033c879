import pytest

from pillarbox.model import refusals
from pillarbox.model.body_refusals import BAD_DIGEST
from pillarbox.model.refusals import Refusal
from pillarbox.model.s3_refusals import SIGNATURE_NOT_ACCEPTED, as_s3


@pytest.mark.parametrize(
    ("refusal", "code", "status", "message"),
    [
        (refusals.ACCESS_DENIED(), "AccessDenied", 403, "Access Denied"),
        (
            refusals.ACCESS_DENIED("Anonymous user has no right.", ec="0003-00000905"),
            "AccessDenied",
            403,
            "Access Denied",
        ),
        (
            refusals.ACCESS_DENIED("Invalid according to Policy: Policy expired.", ec="0006-1"),
            "AccessDenied",
            403,
            "Invalid according to Policy: Policy expired.",
        ),
        (
            refusals.INVALID_ACCESS_KEY_ID(refusals.UNACCEPTABLE_KEY_ID),
            "InvalidAccessKeyId",
            403,
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        (
            refusals.SIGNATURE_DOES_NOT_MATCH(),
            "SignatureDoesNotMatch",
            403,
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
        ),
        (
            refusals.WRONG_NUMBER_OF_FILES("No file.", ec="0006-00000107"),
            "InvalidArgument",
            400,
            "POST requires exactly one file upload per request.",
        ),
        (
            refusals.SECURITY_TOKEN_EXPIRED(),
            "ExpiredToken",
            400,
            "The provided token has expired.",
        ),
        (
            refusals.REPEATED_TAGS(),
            "InvalidTag",
            400,
            "Cannot provide multiple Tags with the same key",
        ),
        (BAD_DIGEST("Other."), "BadDigest", 400, "Other."),
        (
            SIGNATURE_NOT_ACCEPTED("Request has expired"),
            "AccessDenied",
            403,
            "Request has expired",
        ),
    ],
)
def test_s3s_words(refusal: Refusal, code: str, status: int, message: str) -> None:
    found = as_s3(refusal)
    assert (found.code, int(found.status), found.message, found.ec) == (
        code,
        status,
        message,
        None,
    )


def test_details_are_named_as_s3_does() -> None:
    named = [
        ("x-oss-storage-class", "x-amz-storage-class"),
        ("x-oss-object-acl", "acl"),
        ("x-oss-tagging", "tagging"),
        ("key", "key"),
    ]
    for ours, theirs in named:
        refusal = refusals.INVALID_ARGUMENT(
            ArgumentName=ours, ArgumentValue="x-oss-a", OSSAccessKeyId="id"
        )
        assert as_s3(refusal).details == {
            "ArgumentName": theirs,
            "ArgumentValue": "x-oss-a",
            "AWSAccessKeyId": "id",
        }


def test_headers_and_the_hint_stay() -> None:
    refusal = refusals.SERVICE_UNAVAILABLE()
    refusal.hint = "hint"
    found = as_s3(refusal)
    assert (found.headers, found.hint) == (refusal.headers, "hint")
    assert refusal.headers


def test_every_wording_is_of_a_refusal_that_there_is() -> None:
    for kind in refusals.catalogue():
        found = as_s3(kind())
        assert found.message
        assert "OSS" not in found.message or kind is refusals.CALLBACK_FAILED, found.message
