import pytest

from pillarbox.access.request_dialect import request_dialect
from pillarbox.model.dialects import OSS, S3
from tests.refusing import refused

Pairs = list[tuple[bytes, bytes]]

OF_S3: list[tuple[Pairs, Pairs]] = [
    ([(b"authorization", b"AWS id:signature")], []),
    ([(b"Authorization", b"AWS4-HMAC-SHA256 Credential=")], []),
    ([(b"authorization", b"AWS4-ECDSA-P256-SHA256 Credential=")], []),
    ([(b"x-amz-acl", b"private")], []),
    ([(b"amz-sdk-invocation-id", b"1")], []),
    ([], [(b"AWSAccessKeyId", b"id")]),
    ([], [(b"X-Amz-Algorithm", b"AWS4-HMAC-SHA256")]),
    ([], [(b"x-amz-security-token", b"t")]),
]
OF_OSS: list[tuple[Pairs, Pairs]] = [
    ([(b"authorization", b"OSS id:signature")], []),
    ([(b"authorization", b"OSS4-HMAC-SHA256 Credential=")], []),
    ([(b"x-oss-object-acl", b"private")], []),
    ([], [(b"OSSAccessKeyId", b"id")]),
    ([], [(b"x-oss-process", b"image/info")]),
]
OF_NEITHER: list[tuple[Pairs, Pairs]] = [
    ([], []),
    ([(b"authorization", b"Bearer x"), (b"x-amz-cf-id", b"1"), (b"x-amzn-trace-id", b"1")], []),
    ([], [(b"Signature", b"s"), (b"Expires", b"9"), (b"prefix", b"x-amz-")]),
]


@pytest.mark.parametrize(("headers", "query"), OF_S3)
def test_s3(headers: Pairs, query: Pairs) -> None:
    assert request_dialect(headers, query) is S3


@pytest.mark.parametrize(("headers", "query"), [*OF_OSS, *OF_NEITHER])
def test_oss_and_what_tells_nothing(headers: Pairs, query: Pairs) -> None:
    assert request_dialect(headers, query) is OSS


@pytest.mark.parametrize("s3", OF_S3)
@pytest.mark.parametrize("oss", OF_OSS)
def test_both(s3: tuple[Pairs, Pairs], oss: tuple[Pairs, Pairs]) -> None:
    headers, query = [*oss[0], *s3[0]], [*s3[1], *oss[1]]
    name = (s3[0] or s3[1])[0][0]
    shown = s3[0][0][1].partition(b" ")[0] if name.lower() == b"authorization" else name
    with refused("InvalidArgument", 400, ArgumentName=shown.decode()):
        request_dialect(headers, query)


def test_a_refusal_repeats_no_secret() -> None:
    headers = [(b"authorization", b"AWS id:s3cret"), (b"x-oss-meta-a", b"s3cret")]
    with refused(
        "InvalidArgument",
        400,
        "A request speaks OSS or S3, not both: 'x-oss-meta-a' belongs to OSS, 'AWS' to S3.",
        ArgumentName="AWS",
    ):
        request_dialect(headers, [])
