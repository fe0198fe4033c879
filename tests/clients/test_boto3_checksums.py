"""boto3's checksums, over https, where it sends those of a stream as a trailer."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from awscrt import checksums
from botocore.exceptions import ClientError

from pillarbox.server.settings import TlsFiles
from tests.certificates import make_tls
from tests.clients.boto3_answers import refused
from tests.clients.s3_store import S3Store, s3_store

CONTENT = b"The post goes out at six.\n" * 5000
ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]

# Which checksum an object in parts may have, of all its bytes or of its parts' checksums.
OF_PARTS = [
    *(("COMPOSITE", algorithm) for algorithm in ("CRC32", "CRC32C", "SHA1", "SHA256")),
    *(("FULL_OBJECT", algorithm) for algorithm in ("CRC32", "CRC32C", "CRC64NVME")),
]
NOT_OF_PARTS = [
    ("COMPOSITE", "CRC64NVME"),
    ("FULL_OBJECT", "SHA1"),
    ("FULL_OBJECT", "SHA256"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Store]:
    """A store that serves https."""
    files: TlsFiles = make_tls(tmp_path_factory.mktemp("tls"))
    options = ("--tls-cert", str(files.cert), "--tls-key", str(files.key))
    folder = tmp_path_factory.mktemp("s3")
    with s3_store(folder, *options, certificate=files.cert) as running:
        yield running


def checksum(algorithm: str, content: bytes) -> str:
    """As S3 writes it."""
    numbers = {
        "CRC32": (zlib.crc32, 4),
        "CRC32C": (checksums.crc32c, 4),
        "CRC64NVME": (checksums.crc64nvme, 8),
    }
    if algorithm in numbers:
        function, length = numbers[algorithm]
        digest = function(content).to_bytes(length, "big")
    else:
        digest = hashlib.new(algorithm.lower(), content).digest()
    return base64.b64encode(digest).decode()


def as_text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def sent_by(s3: Any) -> list[dict[str, str]]:
    """The headers of its next PutObject requests, filled as they are sent."""
    heads: list[dict[str, str]] = []

    def note(request: Any, **_: Any) -> None:
        heads.append({name.lower(): as_text(value) for name, value in request.headers.items()})

    s3.meta.events.register("before-send.s3.PutObject", note, unique_id="heads")
    return heads


class Pipe(io.RawIOBase):
    """A stream that is read forwards only."""

    def __init__(self, content: bytes) -> None:
        self._rest = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._rest.readinto(buffer)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("source", [bytes, io.BytesIO], ids=["bytes", "stream"])
def test_puts_with_a_checksum(s3: Any, s3_bucket: str, algorithm: str, source: Any) -> None:
    name, value = f"Checksum{algorithm}", checksum(algorithm, CONTENT)
    put = s3.put_object(
        Bucket=s3_bucket, Key="a", Body=source(CONTENT), ChecksumAlgorithm=algorithm
    )
    assert (put[name], put["ChecksumType"]) == (value, "FULL_OBJECT")
    got = s3.get_object(Bucket=s3_bucket, Key="a", ChecksumMode="ENABLED")
    assert (got[name], got["ChecksumType"], got["Body"].read()) == (value, "FULL_OBJECT", CONTENT)
    told = s3.head_object(Bucket=s3_bucket, Key="a", ChecksumMode="ENABLED")
    assert (told[name], told["ContentLength"]) == (value, len(CONTENT))
    assert "ContentEncoding" not in told
    assert name not in s3.head_object(Bucket=s3_bucket, Key="a")


@pytest.mark.parametrize("source", [bytes, io.BytesIO], ids=["bytes", "stream"])
def test_puts_with_a_checksum_that_nobody_asked_for(
    store: S3Store, s3_bucket: str, source: Any
) -> None:
    s3 = store.client()
    heads = sent_by(s3)
    put = s3.put_object(Bucket=s3_bucket, Key="a", Body=source(CONTENT))
    assert put["ChecksumCRC32"] == checksum("CRC32", CONTENT)
    if store.url.startswith("https:"):
        assert heads[0]["x-amz-trailer"] == "x-amz-checksum-crc32"
        assert heads[0]["x-amz-content-sha256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        assert heads[0]["content-encoding"] == "aws-chunked"
    got = s3.get_object(Bucket=s3_bucket, Key="a")
    assert got["Body"].read() == CONTENT
    assert got["ResponseMetadata"]["HTTPHeaders"]["x-amz-checksum-crc32"] == put["ChecksumCRC32"]


def test_uploads_a_stream_that_cannot_be_rewound(s3: Any, s3_bucket: str) -> None:
    s3.upload_fileobj(io.BufferedReader(Pipe(CONTENT)), s3_bucket, "a")
    assert s3.get_object(Bucket=s3_bucket, Key="a")["Body"].read() == CONTENT


def test_keeps_other_content_encodings(s3: Any, s3_bucket: str) -> None:
    s3.put_object(Bucket=s3_bucket, Key="a", Body=io.BytesIO(CONTENT), ContentEncoding="gzip")
    assert s3.head_object(Bucket=s3_bucket, Key="a")["ContentEncoding"] == "gzip"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_refuses_a_wrong_checksum(s3: Any, s3_bucket: str, algorithm: str) -> None:
    wrong = {f"Checksum{algorithm}": checksum(algorithm, b"other")}
    with pytest.raises(ClientError) as bad:
        s3.put_object(Bucket=s3_bucket, Key="a", Body=CONTENT, **wrong)
    assert refused(bad) == (400, "BadDigest")
    assert "Contents" not in s3.list_objects_v2(Bucket=s3_bucket)


def test_refuses_a_wrong_md5(s3: Any, s3_bucket: str) -> None:
    right = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    s3.put_object(Bucket=s3_bucket, Key="a", Body=CONTENT, ContentMD5=right)
    with pytest.raises(ClientError) as bad:
        s3.put_object(Bucket=s3_bucket, Key="b", Body=b"other", ContentMD5=right)
    assert refused(bad) == (400, "BadDigest")
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=s3_bucket)["Contents"]] == ["a"]


def test_notices_bytes_that_changed_on_the_way(store: S3Store, s3_bucket: str) -> None:
    s3 = store.client()

    def change(request: Any, **_: Any) -> None:
        whole = request.body.read() if hasattr(request.body, "read") else request.body
        request.body = whole.replace(b"six", b"ten", 1)

    s3.meta.events.register("before-send.s3.PutObject", change)
    with pytest.raises(ClientError) as bad:
        s3.put_object(Bucket=s3_bucket, Key="a", Body=CONTENT)
    assert refused(bad)[0] == 400
    assert "Contents" not in s3.list_objects_v2(Bucket=s3_bucket)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_copies_the_checksum(s3: Any, s3_bucket: str, algorithm: str) -> None:
    source = {"Bucket": s3_bucket, "Key": "a"}
    s3.put_object(**source, Body=CONTENT, ChecksumAlgorithm=algorithm)
    name, value = f"Checksum{algorithm}", checksum(algorithm, CONTENT)
    copied = s3.copy_object(Bucket=s3_bucket, Key="b", CopySource=source)
    assert copied["CopyObjectResult"][name] == value
    told = s3.head_object(Bucket=s3_bucket, Key="b", ChecksumMode="ENABLED")
    assert told[name] == value


@pytest.mark.parametrize(("kind", "algorithm"), NOT_OF_PARTS)
def test_begins_no_upload_with_a_checksum_that_parts_cannot_have(
    s3: Any, s3_bucket: str, kind: str, algorithm: str
) -> None:
    with pytest.raises(ClientError) as unknown:
        s3.create_multipart_upload(
            Bucket=s3_bucket, Key="a", ChecksumAlgorithm=algorithm, ChecksumType=kind
        )
    assert refused(unknown) == (400, "InvalidRequest")


@pytest.mark.parametrize(("kind", "algorithm"), OF_PARTS)
def test_uploads_parts_with_checksums(s3: Any, s3_bucket: str, kind: str, algorithm: str) -> None:
    name = f"Checksum{algorithm}"
    contents = [b"a" * (5 << 20), CONTENT]
    upload = {"Bucket": s3_bucket, "Key": "a"}
    begun = s3.create_multipart_upload(**upload, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    assert (begun["ChecksumAlgorithm"], begun["ChecksumType"]) == (algorithm, kind)
    upload["UploadId"] = begun["UploadId"]
    parts = []
    for number, content in enumerate(contents, 1):
        sent = s3.upload_part(
            **upload, PartNumber=number, Body=content, ChecksumAlgorithm=algorithm
        )
        assert sent[name] == checksum(algorithm, content)
        parts.append({"PartNumber": number, "ETag": sent["ETag"], name: sent[name]})
    listed = s3.list_parts(**upload)
    assert [part[name] for part in listed["Parts"]] == [part[name] for part in parts]

    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    if kind == "COMPOSITE":
        digests = b"".join(base64.b64decode(part[name]) for part in parts)
        value = checksum(algorithm, digests) + "-2"
    else:
        value = checksum(algorithm, b"".join(contents))
    assert (done[name], done["ChecksumType"]) == (value, kind)
    told = s3.head_object(Bucket=s3_bucket, Key="a", ChecksumMode="ENABLED")
    assert (told[name], told["ChecksumType"]) == (value, kind)
    assert s3.get_object(Bucket=s3_bucket, Key="a")["Body"].read() == b"".join(contents)
