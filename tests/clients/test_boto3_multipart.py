"""boto3's uploads in parts: by its transfer manager, and by hand."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.clients.boto3_answers import refused

MIB = 1 << 20
IN_PARTS = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
CONTENT = b"".join(number.to_bytes(8, "big") for number in range(12 * MIB // 8)) + b"the end"


def etag_of_parts(content: bytes, size: int) -> str:
    """What S3 calls an object in parts of `size` bytes."""
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    digests = b"".join(hashlib.md5(part).digest() for part in parts)
    return f'"{hashlib.md5(digests).hexdigest()}-{len(parts)}"'


def test_transfers_files(s3: Any, s3_bucket: str, tmp_path: Path) -> None:
    source, target = tmp_path / "source.bin", tmp_path / "target.bin"
    source.write_bytes(CONTENT)
    described = {"Metadata": {"author": "Eric"}, "ContentType": "image/png", "ACL": "private"}
    sent: list[int] = []
    s3.upload_file(
        str(source), s3_bucket, "a", ExtraArgs=described, Config=IN_PARTS, Callback=sent.append
    )
    assert sum(sent) == len(CONTENT)
    told = s3.head_object(Bucket=s3_bucket, Key="a")
    assert (told["ETag"], told["ContentLength"]) == (etag_of_parts(CONTENT, 5 * MIB), len(CONTENT))
    assert (told["Metadata"], told["ContentType"]) == ({"author": "Eric"}, "image/png")
    s3.download_file(s3_bucket, "a", str(target), Config=IN_PARTS)
    assert target.read_bytes() == CONTENT
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=s3_bucket)


def test_transfers_streams_and_copies(s3: Any, s3_bucket: str) -> None:
    s3.upload_fileobj(io.BytesIO(CONTENT), s3_bucket, "a", Config=IN_PARTS)
    s3.copy({"Bucket": s3_bucket, "Key": "a"}, s3_bucket, "b", Config=IN_PARTS)
    assert s3.head_object(Bucket=s3_bucket, Key="b")["ETag"] == etag_of_parts(CONTENT, 5 * MIB)
    target = io.BytesIO()
    s3.download_fileobj(s3_bucket, "b", target, Config=IN_PARTS)
    assert target.getvalue() == CONTENT


def test_transfers_small_files_whole(s3: Any, s3_bucket: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"bytes")
    s3.upload_file(str(tmp_path / "a.txt"), s3_bucket, "a.txt", Config=IN_PARTS)
    assert s3.head_object(Bucket=s3_bucket, Key="a.txt")["ETag"] == (
        f'"{hashlib.md5(b"bytes").hexdigest()}"'
    )


def test_reads_ranges_across_parts(s3: Any, s3_bucket: str) -> None:
    s3.upload_fileobj(io.BytesIO(CONTENT), s3_bucket, "a", Config=IN_PARTS)
    start = 5 * MIB - 10
    got = s3.get_object(Bucket=s3_bucket, Key="a", Range=f"bytes={start}-{start + 19}")
    assert got["Body"].read() == CONTENT[start : start + 20]


def test_uploads_parts_by_hand(s3: Any, s3_bucket: str) -> None:
    upload = {"Bucket": s3_bucket, "Key": "in/a b.bin"}
    begun = s3.create_multipart_upload(**upload, Metadata={"author": "Eric"}, Tagging="a=b")
    assert (begun["Bucket"], begun["Key"]) == (s3_bucket, "in/a b.bin")
    upload["UploadId"] = begun["UploadId"]
    first, second = b"a" * (5 * MIB), b"b" * 100
    sent = [
        s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]
        for number, body in ((7, second), (2, b"replaced"), (2, first))
    ]
    listed = s3.list_parts(**upload)
    assert [(p["PartNumber"], p["ETag"], p["Size"]) for p in listed["Parts"]] == [
        (2, sent[2], 5 * MIB),
        (7, sent[0], 100),
    ]
    assert (listed["IsTruncated"], listed["StorageClass"]) == (False, "STANDARD")
    page = s3.list_parts(**upload, MaxParts=1)
    assert (page["IsTruncated"], page["NextPartNumberMarker"]) == (True, 2)
    page = s3.list_parts(**upload, PartNumberMarker=2)
    assert [p["PartNumber"] for p in page["Parts"]] == [7]

    parts = [{"PartNumber": 2, "ETag": sent[2]}, {"PartNumber": 7, "ETag": sent[0]}]
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    assert done["ETag"] == etag_of_parts(first + second, 5 * MIB)
    assert (done["Bucket"], done["Key"]) == (s3_bucket, "in/a b.bin")
    got = s3.get_object(Bucket=s3_bucket, Key="in/a b.bin")
    assert got["Body"].read() == first + second
    assert (got["Metadata"], got["TagCount"]) == ({"author": "Eric"}, 1)
    with pytest.raises(ClientError) as gone:
        s3.list_parts(**upload)
    assert refused(gone) == (404, "NoSuchUpload")


def test_lists_and_aborts_uploads(s3: Any, s3_bucket: str) -> None:
    keys = ["a", "b/1", "b/2", "c d+é"]
    begun = {key: s3.create_multipart_upload(Bucket=s3_bucket, Key=key)["UploadId"] for key in keys}
    listed = s3.list_multipart_uploads(Bucket=s3_bucket)
    assert {u["Key"]: u["UploadId"] for u in listed["Uploads"]} == begun
    assert {u["StorageClass"] for u in listed["Uploads"]} == {"STANDARD"}
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=s3_bucket, PaginationConfig={"PageSize": 2}
    )
    assert [u["Key"] for page in pages for u in page["Uploads"]] == keys
    folders = s3.list_multipart_uploads(Bucket=s3_bucket, Delimiter="/")
    assert [u["Key"] for u in folders["Uploads"]] == ["a", "c d+é"]
    assert [p["Prefix"] for p in folders["CommonPrefixes"]] == ["b/"]
    inside = s3.list_multipart_uploads(Bucket=s3_bucket, Prefix="b/")
    assert [u["Key"] for u in inside["Uploads"]] == ["b/1", "b/2"]

    for key, upload_id in begun.items():
        upload = {"Bucket": s3_bucket, "Key": key, "UploadId": upload_id}
        answer = s3.abort_multipart_upload(**upload)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        with pytest.raises(ClientError) as gone:
            s3.upload_part(**upload, PartNumber=1, Body=b"late")
        assert refused(gone) == (404, "NoSuchUpload")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=s3_bucket)
    assert "Contents" not in s3.list_objects_v2(Bucket=s3_bucket)


def test_copies_into_parts(s3: Any, s3_bucket: str) -> None:
    source = {"Bucket": s3_bucket, "Key": "in/a b+é.bin"}
    s3.put_object(**source, Body=CONTENT)
    upload = {"Bucket": s3_bucket, "Key": "b"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    ranges = [f"bytes=0-{5 * MIB - 1}", f"bytes={5 * MIB}-{6 * MIB - 1}"]
    copies = [
        s3.upload_part_copy(**upload, PartNumber=number, CopySource=source, CopySourceRange=asked)
        for number, asked in enumerate(ranges, 1)
    ]
    parts = [
        {"PartNumber": number, "ETag": copy["CopyPartResult"]["ETag"]}
        for number, copy in enumerate(copies, 1)
    ]
    assert parts[0]["ETag"] == f'"{hashlib.md5(CONTENT[: 5 * MIB]).hexdigest()}"'
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=s3_bucket, Key="b")["Body"].read() == CONTENT[: 6 * MIB]


def test_refuses_lists_of_parts_that_cannot_be(s3: Any, s3_bucket: str) -> None:
    upload = {"Bucket": s3_bucket, "Key": "a"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    bodies = (b"a" * (5 * MIB), b"small", b"c" * (5 * MIB))
    sent = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"],
        }
        for number, body in enumerate(bodies, 1)
    ]
    strange = {"PartNumber": 1, "ETag": f'"{hashlib.md5(b"other").hexdigest()}"'}
    missing = {"PartNumber": 4, "ETag": sent[0]["ETag"]}
    for parts, code in (
        ([strange], "InvalidPart"),
        ([missing], "InvalidPart"),
        ([sent[2], sent[0]], "InvalidPartOrder"),
        (sent, "EntityTooSmall"),
    ):
        with pytest.raises(ClientError) as bad:
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        assert refused(bad) == (400, code)
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": sent[:2]})
    assert s3.get_object(Bucket=s3_bucket, Key="a")["Body"].read() == bodies[0] + bodies[1]


def test_completes_again_what_it_heard_no_answer_of(s3: Any, s3_bucket: str) -> None:
    at = {"Bucket": s3_bucket, "Key": "a"}
    upload = {**at, "UploadId": s3.create_multipart_upload(**at)["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"bytes")
    listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    first = s3.complete_multipart_upload(**upload, MultipartUpload=listed)
    again = s3.complete_multipart_upload(**upload, MultipartUpload=listed)
    for name in ("ETag", "Location", "Key", "ChecksumCRC32"):
        assert again.get(name) == first.get(name)
    # Another list is another upload, and so is one whose object was replaced.
    other = {"Parts": [{"PartNumber": 1, "ETag": '"0123456789abcdef0123456789abcdef"'}]}
    with pytest.raises(ClientError) as caught:
        s3.complete_multipart_upload(**upload, MultipartUpload=other)
    assert refused(caught) == (404, "NoSuchUpload")
    s3.put_object(**at, Body=b"bytes")
    with pytest.raises(ClientError) as caught:
        s3.complete_multipart_upload(**upload, MultipartUpload=listed)
    assert refused(caught) == (404, "NoSuchUpload")
    assert s3.get_object(**at)["Body"].read() == b"bytes"


def test_a_copy_was_completed_by_no_upload(s3: Any, s3_bucket: str) -> None:
    at = {"Bucket": s3_bucket, "Key": "a"}
    upload = {**at, "UploadId": s3.create_multipart_upload(**at)["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"bytes")
    listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=listed)
    s3.copy_object(Bucket=s3_bucket, Key="b", CopySource=at)
    with pytest.raises(ClientError) as caught:
        s3.complete_multipart_upload(**(upload | {"Key": "b"}), MultipartUpload=listed)
    assert refused(caught) == (404, "NoSuchUpload")


def test_removes_a_bucket_with_unfinished_uploads(s3: Any, s3_bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=s3_bucket, Key="a", ChecksumAlgorithm="SHA256")
    s3.put_object(Bucket=s3_bucket, Key="b", Body=b"bytes")
    with pytest.raises(ClientError) as caught:
        s3.delete_bucket(Bucket=s3_bucket)
    assert refused(caught) == (409, "BucketNotEmpty")
    [listed] = s3.list_multipart_uploads(Bucket=s3_bucket)["Uploads"]
    assert listed["UploadId"] == upload["UploadId"]
    assert (listed["ChecksumAlgorithm"], listed["ChecksumType"]) == ("SHA256", "COMPOSITE")
    s3.delete_object(Bucket=s3_bucket, Key="b")
    s3.delete_bucket(Bucket=s3_bucket)


def test_reads_parts_by_their_numbers(s3: Any, s3_bucket: str) -> None:
    s3.upload_fileobj(io.BytesIO(CONTENT), s3_bucket, "a", Config=IN_PARTS)
    place = {"Bucket": s3_bucket, "Key": "a"}
    count = s3.head_object(**place, PartNumber=1)["PartsCount"]
    assert count == 3
    read = b""
    for number in range(1, count + 1):
        part = s3.get_object(**place, PartNumber=number)
        status = part["ResponseMetadata"]["HTTPStatusCode"]
        assert (status, part["PartsCount"]) == (206, count)
        content = part["Body"].read()
        last = len(read) + len(content) - 1
        assert part["ContentRange"] == f"bytes {len(read)}-{last}/{len(CONTENT)}"
        read += content
    assert read == CONTENT
    with pytest.raises(ClientError) as error:
        s3.get_object(**place, PartNumber=count + 1)
    assert refused(error) == (416, "InvalidPartNumber")


def test_reads_an_object_in_one_piece_as_its_first_part(s3: Any, s3_bucket: str) -> None:
    place = {"Bucket": s3_bucket, "Key": "a"}
    s3.put_object(**place, Body=b"bytes", ChecksumAlgorithm="SHA256")
    part = s3.get_object(**place, PartNumber=1, ChecksumMode="ENABLED")
    assert (part["Body"].read(), part["ContentRange"]) == (b"bytes", "bytes 0-4/5")
    assert part["ChecksumSHA256"]
    assert "PartsCount" not in part
    with pytest.raises(ClientError) as error:
        s3.get_object(**place, PartNumber=1, Range="bytes=0-1")
    assert refused(error) == (400, "InvalidRequest")
