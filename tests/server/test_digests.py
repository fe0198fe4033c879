import asyncio
import base64
import hashlib

import pytest

from pillarbox.model.dialects import OSS, S3
from pillarbox.server.digests import BodyDigest, content_md5, md5_mismatch
from tests.refusing import refused
from tests.server.requests import request

MESSAGE = "The Content-MD5 you specified was invalid."


def with_md5(text: bytes) -> BodyDigest:
    return BodyDigest.of(request(headers=[(b"content-md5", text)]))


def test_no_header() -> None:
    assert content_md5(request()) is None
    digest = BodyDigest.of(request())
    asyncio.run(digest.update(b"anything"))
    digest.check()


@pytest.mark.parametrize("size", [0, 5, 64 * 1024, 64 * 1024 + 1])
def test_the_body_is_what_the_header_says(size: int) -> None:
    body = b"x" * size
    right = with_md5(base64.b64encode(hashlib.md5(b"a" + body).digest()))
    for piece in (b"a", body):
        asyncio.run(right.update(piece))
    right.check()
    asyncio.run(right.update(b"more"))
    with refused("InvalidDigest", 400, MESSAGE):
        right.check()


@pytest.mark.parametrize(
    "text",
    [b"", b"abc", b"%%%%", "é".encode(), base64.b64encode(b"x" * 15), base64.b64encode(b"x" * 17)],
)
def test_no_md5_at_all(text: bytes) -> None:
    with refused("InvalidDigest", 400, MESSAGE):
        with_md5(text)


def test_a_wrong_md5_has_each_dialect_s_code() -> None:
    assert (md5_mismatch(OSS).code, md5_mismatch(S3).code) == ("InvalidDigest", "BadDigest")
