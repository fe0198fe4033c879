"""What a test expects of a refusal that came over a socket."""

from __future__ import annotations

from tests.wire.raw_http import RawAnswer


def refusal(
    answer: RawAnswer, code: str, status: int, message: str | None = None, ec: str | None = None
) -> dict[str, str]:
    """The error document's children, if the answer is this refusal in full form."""
    error = answer.error
    found = (error["Code"], answer.status, error.get("EC"), answer.header("x-oss-ec"))
    assert found == (code, status, ec, ec), error
    if message is not None:
        assert error["Message"] == message
    assert answer.header("content-type") == "application/xml"
    assert error["RequestId"] == answer.header("x-oss-request-id")
    assert error["HostId"]
    assert len(answer.body) <= 4096
    return error
