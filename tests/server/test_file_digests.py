"""Digests of a form's file: which a form brings, and whether the bytes have them."""

import asyncio
import base64
import hashlib

import pytest

from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.forms.submitted_checksums import SubmittedDigest, submitted_digests
from pillarbox.model.refusals import Refusal
from pillarbox.server.file_digests import FileDigests
from tests.refusing import refused

CONTENT = b"123456789"
#: Of CONTENT; the CRCs are the check values of their published catalogues.
DIGESTS = {
    "MD5": hashlib.md5(CONTENT).digest(),
    "SHA1": hashlib.sha1(CONTENT).digest(),
    "SHA256": hashlib.sha256(CONTENT).digest(),
    "CRC32": bytes.fromhex("cbf43926"),
    "CRC32C": bytes.fromhex("e3069283"),
    "CRC64NVME": bytes.fromhex("ae8b14860a799888"),
}


def field_of(algorithm: str) -> str:
    return "Content-MD5" if algorithm == "MD5" else f"x-amz-checksum-{algorithm.lower()}"


def text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def digests(
    *fields: tuple[str, str], signer: str = "AWSAccessKeyId"
) -> tuple[SubmittedDigest, ...]:
    return submitted_digests(SubmittedForm.of([(signer, "id"), *fields], FilePart()))


def judge(submitted: tuple[SubmittedDigest, ...], *pieces: bytes) -> None:
    async def run() -> None:
        running = FileDigests(submitted)
        for piece in pieces:
            await running.update(piece)
        running.check()

    asyncio.run(run())


@pytest.mark.parametrize("algorithm", DIGESTS)
def test_each_algorithm(algorithm: str) -> None:
    submitted = digests((field_of(algorithm), text(DIGESTS[algorithm])))
    judge(submitted, CONTENT)
    judge(submitted, CONTENT[:4], CONTENT[4:])
    with pytest.raises(Refusal, match="BadDigest"):
        judge(submitted, CONTENT[:8])


@pytest.mark.parametrize("algorithm", DIGESTS)
def test_long_pieces(algorithm: str) -> None:
    piece = CONTENT * 20_000
    submitted = digests((field_of(algorithm), text(DIGESTS[algorithm])))
    with pytest.raises(Refusal, match="BadDigest"):
        judge(submitted, piece, piece)


def test_a_checksum_and_md5_at_once() -> None:
    fields = [(field_of(name), text(DIGESTS[name])) for name in ("MD5", "SHA1")]
    judge(digests(*fields), CONTENT)
    with refused("BadDigest", 400, "The Content-MD5 you specified did not match what we received."):
        judge(digests(*fields), b"")


@pytest.mark.parametrize("value", ["sailorjerry", "4=", "AAAA", "YWJj\nZGVm", "é"])
def test_what_is_no_digest(value: str) -> None:
    with refused("InvalidRequest", 400, "Value for x-amz-checksum-crc32 header is invalid."):
        digests(("x-amz-checksum-crc32", value))
    with refused("InvalidDigest", 400):
        digests(("Content-MD5", value))


def test_one_checksum_of_the_named_algorithm() -> None:
    crc = ("x-amz-checksum-crc32", text(DIGESTS["CRC32"]))
    assert len(digests(crc, ("x-amz-checksum-algorithm", "CRC32"))) == 1
    for other in (
        (("x-amz-checksum-algorithm", "CRC32"),),
        (crc, ("x-amz-checksum-algorithm", "SHA1")),
        (crc, ("x-amz-checksum-algorithm", "CRC16")),
        (crc, ("x-amz-checksum-sha1", text(DIGESTS["SHA1"]))),
    ):
        with pytest.raises(Refusal, match="InvalidRequest"):
            digests(*other)


def test_oss_knows_none() -> None:
    assert digests(("Content-MD5", "no digest"), signer="OSSAccessKeyId") == ()
