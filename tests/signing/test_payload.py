import pytest

from pillarbox.model.dialects import S3
from pillarbox.signing.chunk_signatures import ChunkSeed
from pillarbox.signing.payload import Payload
from pillarbox.signing.post_v4 import signing_key
from tests.refusing import refused
from tests.signing import s3_vectors as vectors

SEED = ChunkSeed(
    signing_key(vectors.SECRET, vectors.SCOPE, S3), vectors.SCOPE, vectors.DATE, vectors.SEED
)
EMPTY = vectors.EMPTY.decode()


@pytest.mark.parametrize(
    ("value", "payload"),
    [
        (b"UNSIGNED-PAYLOAD", Payload()),
        (vectors.EMPTY, Payload(EMPTY)),
        (vectors.EMPTY.upper(), Payload(EMPTY)),
        (b"STREAMING-UNSIGNED-PAYLOAD-TRAILER", Payload(chunked=True, trailer=True)),
        (b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", Payload(chunked=True, seed=SEED)),
        (
            b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Payload(chunked=True, trailer=True, seed=SEED),
        ),
    ],
)
def test_what_vouches_for_a_body(value: bytes, payload: Payload) -> None:
    assert Payload.read(value, SEED) == payload


def test_signed_chunks_need_a_seed() -> None:
    with refused("InvalidRequest"):
        Payload.read(b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD")


def test_chunks_signed_with_a_key_pair() -> None:
    with refused("NotImplemented", 501, Header="x-amz-content-sha256"):
        Payload.read(b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", SEED)


@pytest.mark.parametrize("value", [b"", b"unsigned-payload", vectors.EMPTY[1:], b"x" * 5000])
def test_a_value_that_is_none(value: bytes) -> None:
    with refused(
        "InvalidArgument",
        ArgumentName="x-amz-content-sha256",
        ArgumentValue=value[:128].decode(),
    ):
        Payload.read(value, SEED)
