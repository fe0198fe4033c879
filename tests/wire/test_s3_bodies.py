"""Bodies of S3 requests that are not what was signed or announced: refused, and nothing changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

import pytest

from tests.server.aws_chunked_bodies import chunked
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.raw_http import Connection, exchange, head, pieces_of, request
from tests.wire.raw_http import chunked as http_chunked
from tests.wire.s3_hostile_bodies import (
    ANNOUNCED,
    CHUNKS,
    DATA,
    ENCODED,
    HOSTILE,
    KINDS,
    LENGTH,
    TRAILER,
    WRONG,
    send,
)
from tests.wire.s3_refusal import s3_refusal
from tests.wire.s3_signer import SIGNED_CHUNKS_AND_TRAILER, UNSIGNED_CHUNKS, Chain, S3Signer, lines
from tests.wire.store_client import StoreClient


@pytest.fixture
def owner(store: StoreClient) -> S3Signer:
    return S3Signer(store.port, KEY_ID, SECRET)


@pytest.fixture
def path(store: StoreClient, owner: S3Signer, key: str) -> Iterator[str]:
    """Of an object that no refused request may change; looks whether one did."""
    path = f"/example-bucket/{key}"
    assert owner.send("PUT", path, body=b"old").status == 200
    kept = store.files()
    yield path
    assert owner.send("GET", path).body == b"old"
    assert store.unfinished() == 0
    assert store.files() == kept


# --- what is taken -------------------------------------------------------------------------------

each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
def test_the_data_alone_is_kept(owner: S3Signer, key: str, kind: str) -> None:
    path = f"/example-bucket/{key}"
    assert owner.send("PUT", path).status == 200
    answer = send(owner, path, *KINDS[kind])
    assert answer.status == 200, answer.body
    read = owner.send("GET", path)
    assert read.body == DATA
    assert read.header("etag") == f'"{hashlib.md5(DATA).hexdigest()}"'
    assert read.header("content-encoding") is None


@pytest.mark.parametrize("kind", ["signed", "signed with trailer", "unsigned trailer"])
@pytest.mark.parametrize(
    ("sent", "kept"),
    [("aws-chunked", None), ("gzip,aws-chunked", "gzip"), ("aws-chunked, gzip", "gzip")],
)
def test_the_coding_of_the_way_is_none_of_the_object(
    owner: S3Signer, key: str, kind: str, sent: str, kept: str | None
) -> None:
    path = f"/example-bucket/{key}"
    payload, headers, build = KINDS[kind]
    coded = [*headers[1:], (b"Content-Encoding", sent.encode())]
    assert owner.send("PUT", path).status == 200
    assert send(owner, path, payload, coded, build).status == 200
    read = owner.send("GET", path)
    assert (read.body, read.header("content-encoding")) == (DATA, kept)


def test_unsigned_chunks_of_a_v2_request(owner: S3Signer, path: str) -> None:
    told = [ENCODED, LENGTH, ANNOUNCED, (b"x-amz-content-sha256", UNSIGNED_CHUNKS.encode())]
    wrong = owner.send_v2("PUT", path, "", told, chunked(CHUNKS, None, [WRONG]))
    s3_refusal(wrong, "BadDigest", 400)
    seed = owner.send_v2("PUT", path, "", [*told[:3], (b"x-amz-content-sha256", SIGNED)], b"")
    s3_refusal(seed, "InvalidRequest", 400)


SIGNED = SIGNED_CHUNKS_AND_TRAILER.encode()


def test_unsigned_chunks_of_a_v2_request_are_taken(owner: S3Signer, key: str) -> None:
    told = [ENCODED, LENGTH, ANNOUNCED, (b"x-amz-content-sha256", UNSIGNED_CHUNKS.encode())]
    path = f"/example-bucket/{key}"
    assert owner.send_v2("PUT", path, "", told, chunked(CHUNKS, None, [TRAILER])).status == 200
    assert owner.send_v2("GET", path).body == DATA


@pytest.mark.parametrize("size", [1000, 65_536, 200_000])
def test_the_framing_within_that_of_http(owner: S3Signer, key: str, size: int) -> None:
    """Both are in chunks, which begin and end at other places."""
    path = f"/example-bucket/{key}"
    told = [ENCODED, LENGTH, ANNOUNCED]
    for trailer, status in ((WRONG, 400), (TRAILER, 200)):
        signed = owner.signed("PUT", path, headers=told, payload=SIGNED_CHUNKS_AND_TRAILER)
        start = head(
            b"PUT",
            signed.target.encode(),
            [*signed.headers, (b"Transfer-Encoding", b"chunked")],
        )
        body = signed.chain.body(CHUNKS, [trailer])
        answer = exchange(owner.port, start, *http_chunked(pieces_of(body, size)))
        assert answer.status == status, answer.body
        assert owner.send("HEAD", path).status == (200 if status == 200 else 404)
    assert owner.send("GET", path).body == DATA


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_and_nothing_changes(owner: S3Signer, path: str, name: str) -> None:
    case = HOSTILE[name]
    s3_refusal(case.send(owner, path), case.code, case.status)


@pytest.mark.parametrize("name", [name for name in HOSTILE if "chunk's signature" in name])
def test_nor_does_a_part_begin(owner: S3Signer, path: str, name: str) -> None:
    case = HOSTILE[name]
    upload = owner.send("POST", path, "uploads").body
    upload_id = upload.partition(b"<UploadId>")[2].partition(b"</UploadId>")[0].decode()
    query = f"partNumber=1&uploadId={upload_id}"
    payload, headers, build = KINDS[case.kind]
    signed = owner.signed("PUT", path, query, headers, payload=payload)
    assert case.change is not None
    body = case.change(build(signed.chain))
    answer = request(owner.port, b"PUT", signed.target.encode(), signed.headers, body)
    s3_refusal(answer, case.code, case.status)
    listed = owner.send("GET", path, f"uploadId={upload_id}")
    assert b"<Part>" not in listed.body
    assert owner.send("DELETE", path, f"uploadId={upload_id}").status == 204


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "no signature"])
@pytest.mark.parametrize("reset", [False, True])
def test_a_client_that_goes_in_the_middle(
    store: StoreClient, owner: S3Signer, path: str, kind: str, reset: bool
) -> None:
    payload, headers, build = KINDS[kind]
    signed = owner.signed("PUT", path, headers=headers, payload=payload)
    body = build(signed.chain)
    size = (b"Content-Length", b"%d" % len(body))
    with Connection(owner.port) as connection:
        connection.send(head(b"PUT", signed.target.encode(), [*signed.headers, size]), body[:90000])
        if reset:
            connection.reset()
        else:
            connection.half_close()
            s3_refusal(connection.answer(), "IncompleteBody", 400)
    _ended(store, signed.target)


def _ended(store: StoreClient, target: str) -> None:
    """Wait until the log has the request, which is when all of it is over."""
    key = target.rpartition("/")[2]
    store.server.wait_for_output(f'{key}" 400 IncompleteBody')


def _of(sent: bytes, _: Chain) -> bytes:
    return sent


def test_trailers_that_are_none(owner: S3Signer, path: str) -> None:
    for line in (b"no colon", b": value", b"x-amz-checksum-crc32 :a", b"a:\x00", b"\xff:a"):
        sent = chunked(CHUNKS)[:-2] + lines([TRAILER]) + line + b"\r\n\r\n"
        told = [ENCODED, LENGTH, ANNOUNCED]
        answer = send(owner, path, UNSIGNED_CHUNKS, told, partial(_of, sent))
        s3_refusal(answer, "MalformedTrailerError", 400)
