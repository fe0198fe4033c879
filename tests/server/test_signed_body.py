"""What the head of an S3 request says of its body, and what its body then must be."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from pillarbox.model import checksums
from pillarbox.model.refusals import Refusal
from pillarbox.server.body import Body
from pillarbox.server.request import Request
from pillarbox.server.signed_body import hold_body, hold_form_body
from pillarbox.server.verified_body import VerifiedBody
from pillarbox.signing.payload import Payload
from tests.refusing import refused
from tests.server.aws_chunked_bodies import SDK_CHECKSUMS, chunked
from tests.server.requests import Pairs, piece, receiver, request

DATA = b"123456789"
CRC32 = SDK_CHECKSUMS["CRC32"].encode()
SHA256 = SDK_CHECKSUMS["SHA256"].encode()
LENGTH = (b"x-amz-decoded-content-length", b"9")
ANNOUNCED = (b"x-amz-trailer", b"x-amz-checksum-crc32")
CHUNKED = Payload(chunked=True, trailer=True)


def held(
    payload: Payload,
    body: bytes = DATA,
    headers: Pairs = (),
    query: bytes = b"x-amz-a=b",
    method: str = "PUT",
) -> VerifiedBody:
    """The body of a request that was held to its head."""
    found: Request = request(method, headers=headers, query=query)
    messages = [piece(body), piece(b"", more=False)]
    verified = VerifiedBody(Body(receiver(*messages), len(body), empty=False))
    object.__setattr__(found, "body", verified)
    hold_body(found, payload)
    return verified


def read(body: VerifiedBody) -> bytes:
    async def to_end() -> bytes:
        pieces = []
        while data := await body.read():
            pieces.append(data)
        return b"".join(pieces)

    return asyncio.run(to_end())


def test_nothing_said() -> None:
    body = held(Payload())
    assert (body.algorithm, body.content_length) == (None, 9)
    assert read(body) == DATA


def test_the_hash_that_was_signed() -> None:
    assert read(held(Payload(hashlib.sha256(DATA).hexdigest()))) == DATA
    other = hashlib.sha256(b"").hexdigest()
    with refused(
        "XAmzContentSHA256Mismatch",
        ClientComputedContentSHA256=other,
        S3ComputedContentSHA256=hashlib.sha256(DATA).hexdigest(),
    ):
        read(held(Payload(other)))


@pytest.mark.parametrize("name", [b"x-amz-checksum-sha256", b"X-Amz-Checksum-Sha256"])
def test_a_checksum(name: bytes) -> None:
    body = held(Payload(), headers=[(name, SHA256)])
    assert body.algorithm is checksums.SHA256
    assert read(body) == DATA
    with refused("BadDigest"):
        read(held(Payload(), b"another", headers=[(name, SHA256)]))


def test_a_checksum_in_a_url_says_nothing() -> None:
    """It is that of no bytes where a client signs before it has them."""
    body = held(Payload(), query=b"X-Amz-Checksum-Crc32=AAAAAA%3D%3D")
    assert body.algorithm is None
    assert read(body) == DATA


def test_the_checksum_of_a_whole_is_none_of_the_list_of_its_parts() -> None:
    found = [(b"x-amz-checksum-crc32", b"AAAAAA==")]
    body = held(Payload(), headers=found, query=b"uploadId=1", method="POST")
    assert read(body) == DATA


def test_chunks_and_a_trailer() -> None:
    sent = chunked([DATA[:4], DATA[4:]], None, [("x-amz-checksum-crc32", CRC32.decode())])
    body = held(CHUNKED, sent, [LENGTH, ANNOUNCED, (b"Content-Encoding", b"aws-chunked")])
    assert (body.algorithm, body.content_length) == (checksums.CRC32, 9)
    assert read(body) == DATA


def test_the_length_of_the_data_may_be_a_parameter() -> None:
    query = b"X-Amz-Decoded-Content-Length=9"
    assert read(held(CHUNKED, chunked([DATA]), query=query)) == DATA


@pytest.mark.parametrize(
    "headers",
    [
        [LENGTH, (b"x-amz-trailer", b"x-amz-meta-a")],
        [LENGTH, ANNOUNCED, (b"x-amz-checksum-crc32", CRC32)],
        [LENGTH, (b"x-amz-checksum-none", CRC32)],
    ],
)
def test_checksums_that_can_t_be(headers: Pairs) -> None:
    with refused("InvalidRequest"):
        held(CHUNKED, headers=headers)


def test_lengths_that_can_t_be() -> None:
    with refused("MissingContentLength", 411):
        held(CHUNKED)
    with refused("InvalidArgument", ArgumentName=LENGTH[0].decode(), ArgumentValue="-9"):
        held(CHUNKED, headers=[(LENGTH[0], b"-9")])


def test_a_trailer_where_none_can_be() -> None:
    with refused("MalformedTrailerError"):
        held(Payload(), headers=[ANNOUNCED])


@pytest.mark.parametrize("coding", [b"aws-chunked", b"gzip, AWS-Chunked"])
def test_framing_that_the_payload_says_nothing_of(coding: bytes) -> None:
    headers = [(b"Content-Encoding", coding), LENGTH]
    for payload in (Payload(), Payload(hashlib.sha256(DATA).hexdigest())):
        with refused("InvalidRequest"):
            held(payload, headers=headers)


def test_the_head_of_a_form_is_signed_by_nobody() -> None:
    """A hash there is compared; chunks that were to be signed have nothing to begin with."""
    for said, code in (
        (b"0" * 64, "XAmzContentSHA256Mismatch"),
        (b"UNSIGNED-PAYLOAD", None),
        (None, None),
        (b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "InvalidRequest"),
        (b"none", "InvalidArgument"),
    ):
        headers = [] if said is None else [(b"x-amz-content-sha256", said)]
        assert _outcome(headers) == code


def _outcome(headers: Pairs) -> str | None:
    """The code of the refusal of a form with these headers, if it is refused."""
    found = request("POST", headers=[*headers, (b"x-amz-a", b"b")])
    body = VerifiedBody(Body(receiver(piece(DATA), piece(b"", more=False)), 9, empty=False))
    object.__setattr__(found, "body", body)
    try:
        hold_form_body(found)
        assert read(body) == DATA
    except Refusal as refusal:
        return refusal.code
    return None
