from datetime import UTC, datetime

import pytest

from pillarbox.signing.s3_date import request_date
from tests.refusing import refused

BASIC, HTTP = b"20300101T000000Z", b"Tue, 01 Jan 2030 00:00:00 +0000"
OTHER = b"Wed, 02 Jan 2030 00:00:00 GMT"


@pytest.mark.parametrize("text", [BASIC, HTTP])
def test_x_amz_date_or_date(text: bytes) -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    assert request_date([(b"Date", text)]) == moment
    assert request_date([(b"Date", OTHER), (b"X-Amz-Date", text)]) == moment
    assert request_date([(b"date", text), (b"x-amz-date", b"")]) == moment


@pytest.mark.parametrize("name", [b"date", b"x-amz-date"])
@pytest.mark.parametrize("text", [b"", b"soon", b"20301301T000000Z", b"\xff", b"9" * 9999])
def test_a_date_that_is_none(name: bytes, text: bytes) -> None:
    with refused(
        "AccessDenied",
        403,
        "AWS authentication requires a valid Date or x-amz-date header",
    ):
        request_date([(name, text)])
