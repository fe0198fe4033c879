import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.dialects import S3
from pillarbox.model.refusals import Refusal
from pillarbox.signing import s3_header_v4
from pillarbox.signing.chunk_signatures import (
    ChunkSeed,
    ChunkSignatures,
    chunk_string_to_sign,
    sign,
    trailer_string_to_sign,
)
from pillarbox.signing.post_v4 import signing_key
from tests.refusing import refused
from tests.signing import s3_vectors as vectors

DATA = (b"a" * 65536, b"a" * 1024, b"")
KEY = signing_key(vectors.SECRET, vectors.SCOPE, S3)


def seed(signature: str = vectors.SEED) -> ChunkSeed:
    return ChunkSeed(KEY, vectors.SCOPE, vectors.DATE, signature)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("trailer", [False, True])
def test_the_seeds_of_the_published_examples(trailer: bool) -> None:
    more = [
        (b"content-encoding", b"aws-chunked"),
        (b"host", b"s3.amazonaws.com"),
        (b"x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        (b"x-amz-date", vectors.DATE.encode()),
        (b"x-amz-decoded-content-length", b"66560"),
        (b"x-amz-storage-class", b"REDUCED_REDUNDANCY"),
    ]
    if trailer:
        more[2] = (b"x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
        more.append((b"x-amz-trailer", b"x-amz-checksum-crc32c"))
    else:
        more.append((b"content-length", b"66824"))
    text = s3_header_v4.authorization(
        "PUT", b"/examplebucket/chunkObject.txt", [], more, vectors.SCOPE, vectors.SECRET
    )
    assert text.endswith(f"Signature={vectors.TRAILER_SEED if trailer else vectors.SEED}")


@pytest.mark.parametrize(
    ("first", "signatures"),
    [
        (vectors.SEED, vectors.CHUNKS),
        (vectors.TRAILER_SEED, vectors.TRAILER_CHUNKS),
    ],
)
def test_the_chunks_of_the_published_examples(first: str, signatures: tuple[str, ...]) -> None:
    checks = ChunkSignatures(seed(first))
    for data, signature in zip(DATA, signatures, strict=True):
        checks.check_chunk(signature, sha256(data))
    with refused("SignatureDoesNotMatch", 403, ec="0002-00000201"):
        checks.check_chunk(signatures[-1], sha256(b""))


def test_the_trailer_of_the_published_example() -> None:
    last = vectors.TRAILER_CHUNKS[-1]
    own = (b"X-Amz-Trailer-Signature", vectors.SIGNATURE_TRAILER.encode())
    ChunkSignatures(seed(last)).check_trailer(vectors.SIGNATURE_TRAILER, [vectors.TRAILER, own])
    for headers in ([], [(b"x-amz-checksum-crc32c", b"sOO8/A==")], [vectors.TRAILER] * 2):
        with refused("SignatureDoesNotMatch", 403, ec="0002-00000201"):
            ChunkSignatures(seed(last)).check_trailer(vectors.SIGNATURE_TRAILER, headers)


def test_what_is_signed() -> None:
    chunk = chunk_string_to_sign(seed(), "previous", "hash").decode().split("\n")
    scope = "20130524/us-east-1/s3/aws4_request"
    empty = vectors.EMPTY.decode()
    head = [vectors.DATE, scope, "previous"]
    assert chunk == ["AWS4-HMAC-SHA256-PAYLOAD", *head, empty, "hash"]
    trailer = trailer_string_to_sign(seed(), "previous", [(b"B", b" 2 "), (b"a", b"1")])
    assert trailer.decode().split("\n") == [
        "AWS4-HMAC-SHA256-TRAILER",
        *head,
        sha256(b"a:1\nb:2\n"),
    ]


def test_the_key_shows_in_no_repr() -> None:
    assert repr(KEY) not in repr(seed())


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=5), st.data())
def test_chunks_verify_in_their_order_only(chunks: list[bytes], data: st.DataObject) -> None:
    signatures = []
    previous = vectors.SEED
    for chunk in chunks:
        previous = sign(seed(), chunk_string_to_sign(seed(), previous, sha256(chunk)))
        signatures.append(previous)
    sent = list(zip(signatures, map(sha256, chunks), strict=True))
    checks = ChunkSignatures(seed())
    for signature, digest in sent:
        checks.check_chunk(signature, digest)

    dropped = data.draw(st.integers(0, len(sent) - 1))
    rest = sent[:dropped] + sent[dropped + 1 :]
    checks = ChunkSignatures(seed())
    for signature, digest in rest[:dropped]:
        checks.check_chunk(signature, digest)
    for signature, digest in rest[dropped:][:1]:
        with pytest.raises(Refusal):
            checks.check_chunk(signature, digest)
