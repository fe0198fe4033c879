"""What a test expects of a refusal that a client of S3 hears over a socket."""

from __future__ import annotations

from tests.wire.raw_http import RawAnswer


def s3_refusal(
    answer: RawAnswer, code: str, status: int, message: str | None = None
) -> dict[str, str]:
    """The error document's children, if the answer is this refusal in S3's form."""
    error = answer.error
    assert (error["Code"], answer.status) == (code, status), error
    if message is not None:
        assert error["Message"] == message
    assert answer.header("content-type") == "application/xml"
    assert error["RequestId"] == answer.header("x-amz-request-id")
    assert error["HostId"]
    assert "EC" not in error
    assert "RecommendDoc" not in error
    assert answer.header("server") == "AmazonS3"
    assert not [name for name, _ in answer.headers if name.startswith("x-oss-")]
    assert len(answer.body) <= 4096
    return error
