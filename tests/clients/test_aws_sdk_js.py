"""A day of the AWS SDK for JavaScript: commands, its checksums, presigned URLs and POSTs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import pytest

from pillarbox.forms import Credentials
from tests.clients.aws_sdk_js import AwsSdkJs, body_of, needs_aws_sdk_js, stream_of
from tests.clients.command_line import some_bytes
from tests.clients.s3_store import S3Store, new_s3_bucket_name

pytestmark = needs_aws_sdk_js

#: Of the bytes 0123456789.
CRC32, ETAG = "poTHxg==", '"781e5e245d69b566979b86e28d23f2c7"'


@pytest.fixture(scope="module")
def js(store: S3Store) -> AwsSdkJs:
    return AwsSdkJs(store)


def test_a_bucket_and_its_objects(js: AwsSdkJs) -> None:
    name = new_s3_bucket_name()
    at = {"Bucket": name, "Key": "目录/a b+%é.txt"}
    bucket = {"Bucket": name}
    made, head_bucket, buckets, put, got, part, head, tags = js.run(
        ("CreateBucket", bucket),
        ("HeadBucket", bucket),
        ("ListBuckets",),
        (
            "PutObject",
            {
                **at,
                "Body": b"0123456789",
                "ContentType": "text/plain",
                "CacheControl": "no-cache",
                "Metadata": {"author": "Eric"},
                "Tagging": "colour=red",
            },
        ),
        ("GetObject", at),
        ("GetObject", {**at, "Range": "bytes=2-4"}),
        ("HeadObject", {**at, "ChecksumMode": "ENABLED"}),
        ("GetObjectTagging", at),
    )
    assert made["Location"] == f"/{name}"
    assert head_bucket["status"] == 200
    assert name in [one["Name"] for one in buckets["Buckets"]]
    assert (put["ETag"], put["ChecksumCRC32"]) == (ETAG, CRC32)
    assert (body_of(got), got["ContentType"]) == (b"0123456789", "text/plain")
    assert (got["Metadata"], got["CacheControl"]) == ({"author": "Eric"}, "no-cache")
    assert (got["ChecksumCRC32"], got["TagCount"]) == (CRC32, 1)
    assert (body_of(part), part["status"]) == (b"234", 206)
    assert part["ContentRange"] == "bytes 2-4/10"
    assert (head["ContentLength"], head["ETag"]) == (10, ETAG)
    assert head["ChecksumCRC32"] == CRC32
    assert tags["TagSet"] == [{"Key": "colour", "Value": "red"}]

    copied, deleted, again, left, removed = js.run(
        ("CopyObject", {**bucket, "Key": "b.txt", "CopySource": quote(f"{name}/{at['Key']}")}),
        ("DeleteObject", at),
        ("DeleteObject", at),
        ("DeleteObjects", {**bucket, "Delete": {"Objects": [{"Key": "b.txt"}]}}),
        ("DeleteBucket", bucket),
    )
    assert copied["CopyObjectResult"]["ETag"] == ETAG
    assert deleted["status"] == again["status"] == 204
    assert left["Deleted"] == [{"Key": "b.txt"}]
    assert removed["status"] == 204


def test_pages_of_a_listing(js: AwsSdkJs, s3_bucket: str) -> None:
    bucket = {"Bucket": s3_bucket}
    keys = ("a", "b/1", "b/ü&2", "c", "d")
    js.run(*(("PutObject", {**bucket, "Key": key, "Body": "x"}) for key in keys))
    first, folders, old = js.run(
        ("ListObjectsV2", {**bucket, "MaxKeys": 3}),
        ("ListObjectsV2", {**bucket, "Delimiter": "/", "FetchOwner": True}),
        ("ListObjects", {**bucket, "Marker": "b/1", "EncodingType": "url"}),
    )
    assert [one["Key"] for one in first["Contents"]] == list(keys[:3])
    assert (first["IsTruncated"], first["KeyCount"]) == (True, 3)
    assert folders["CommonPrefixes"] == [{"Prefix": "b/"}]
    assert [one["Key"] for one in folders["Contents"]] == ["a", "c", "d"]
    assert folders["Contents"][0]["Owner"]["ID"]
    assert [unquote(one["Key"]) for one in old["Contents"]] == list(keys[2:])
    (rest,) = js.run(
        ("ListObjectsV2", {**bucket, "ContinuationToken": first["NextContinuationToken"]})
    )
    assert [one["Key"] for one in rest["Contents"]] == list(keys[3:])
    assert rest["IsTruncated"] is False


def test_checksums_of_streams(js: AwsSdkJs, s3_bucket: str) -> None:
    """A stream's checksum is known when it ends: it comes as a trailer."""
    content = some_bytes(300_000)
    algorithms = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
    streams: list[tuple[str, Any]] = [
        (
            "PutObject",
            {
                "Bucket": s3_bucket,
                "Key": algorithm,
                "Body": stream_of(content),
                "ContentLength": len(content),
                "ChecksumAlgorithm": algorithm,
            },
        )
        for algorithm in algorithms
    ]
    put = js.run(*streams)
    got = js.run(*(("GetObject", {"Bucket": s3_bucket, "Key": name}) for name in algorithms))
    for algorithm, sent, read in zip(algorithms, put, got, strict=True):
        assert body_of(read) == content
        assert sent[f"Checksum{algorithm}"] == read[f"Checksum{algorithm}"]

    wrong, unread = js.run(
        ("PutObject", {"Bucket": s3_bucket, "Key": "a", "Body": "x", "ChecksumCRC32": CRC32}),
        ("HeadObject", {"Bucket": s3_bucket, "Key": "a"}),
    )
    assert (wrong["name"], wrong["status"]) == ("BadDigest", 400)
    assert unread["status"] == 404


def test_an_upload_in_parts(js: AwsSdkJs, s3_bucket: str) -> None:
    first, last = some_bytes(5 * 1024 * 1024), b"the end"
    at = {"Bucket": s3_bucket, "Key": "big.bin"}
    begun, dropped = js.run(
        (
            "CreateMultipartUpload",
            {**at, "Metadata": {"author": "Eric"}, "ChecksumAlgorithm": "CRC32"},
        ),
        ("CreateMultipartUpload", {**at, "Key": "dropped"}),
    )
    assert begun["ChecksumAlgorithm"] == "CRC32"
    upload = {**at, "UploadId": begun["UploadId"]}
    *parts, listed, running, aborted = js.run(
        ("UploadPart", {**upload, "PartNumber": 1, "Body": first}),
        (
            "UploadPart",
            {**upload, "PartNumber": 2, "Body": stream_of(last), "ContentLength": len(last)},
        ),
        ("ListParts", upload),
        ("ListMultipartUploads", {"Bucket": s3_bucket}),
        ("AbortMultipartUpload", {**at, "Key": "dropped", "UploadId": dropped["UploadId"]}),
    )
    assert [part["Size"] for part in listed["Parts"]] == [len(first), len(last)]
    assert sorted(one["Key"] for one in running["Uploads"]) == ["big.bin", "dropped"]
    assert aborted["status"] == 204

    chosen = [
        {
            "PartNumber": number,
            **{name: part[name] for name in ("ETag", "ChecksumCRC32")},
        }
        for number, part in enumerate(parts, 1)
    ]
    done, got, running = js.run(
        ("CompleteMultipartUpload", {**upload, "MultipartUpload": {"Parts": chosen}}),
        ("GetObject", at),
        ("ListMultipartUploads", {"Bucket": s3_bucket}),
    )
    assert done["ETag"].endswith('-2"')
    assert body_of(got) == first + last
    assert (got["Metadata"], got["ETag"]) == ({"author": "Eric"}, done["ETag"])
    assert (got["ChecksumCRC32"], got["ChecksumType"]) == (done["ChecksumCRC32"], "COMPOSITE")
    assert "Uploads" not in running


def test_conditions(js: AwsSdkJs, s3_bucket: str) -> None:
    at = {"Bucket": s3_bucket, "Key": "a"}
    put, again, unmodified, other, other_put, replaced = js.run(
        ("PutObject", {**at, "Body": "0123456789", "IfNoneMatch": "*"}),
        ("PutObject", {**at, "Body": "x", "IfNoneMatch": "*"}),
        ("GetObject", {**at, "IfNoneMatch": ETAG}),
        ("GetObject", {**at, "IfMatch": '"other"'}),
        ("PutObject", {**at, "Body": "x", "IfMatch": '"other"'}),
        ("PutObject", {**at, "Body": "x", "IfMatch": ETAG}),
    )
    assert put["status"] == replaced["status"] == 200
    assert (again["name"], again["status"]) == ("PreconditionFailed", 412)
    assert unmodified["status"] == 304
    assert (other["name"], other["status"]) == ("PreconditionFailed", 412)
    assert (other_put["name"], other_put["status"]) == ("PreconditionFailed", 412)


def test_presigned_urls(js: AwsSdkJs, s3_bucket: str) -> None:
    """That of a PUT has a checksum of no bytes, which nobody means."""
    at = {"Bucket": s3_bucket, "Key": "é a+b.txt"}
    put_url, get_url, named_url = js.run(
        ("getSignedUrl", "PutObject", {**at, "ContentType": "text/plain"}, {"expiresIn": 60}),
        ("getSignedUrl", "GetObject", at),
        ("getSignedUrl", "GetObject", {**at, "ResponseContentDisposition": 'inline; a="ü"'}),
    )
    assert "x-amz-checksum-crc32=AAAAAA%3D%3D" in put_url
    put, got, named, forged = js.run(
        ("fetch", put_url, {"method": "PUT", "body": "letter"}),
        ("fetch", get_url),
        ("fetch", named_url),
        ("fetch", get_url.replace("Expires=900", "Expires=901")),
    )
    assert put["status"] == 200, put
    assert (got["status"], got["body"]) == (200, "letter")
    assert named["headers"]["content-disposition"].startswith("inline")
    assert "<Code>SignatureDoesNotMatch</Code>" in forged["body"]


def test_an_upload_in_parts_by_presigned_urls(js: AwsSdkJs, s3_bucket: str) -> None:
    """As sites do whose visitors send large files: no checksum is wanted, none is sent."""
    at = {"Bucket": s3_bucket, "Key": "big.bin"}
    content = [b"0" * 5 * 1024 * 1024, b"the end"]
    (begun,) = js.run(("CreateMultipartUpload", at))
    upload = {**at, "UploadId": begun["UploadId"]}
    urls = js.run(*(("getSignedUrl", "UploadPart", {**upload, "PartNumber": n}) for n in (1, 2)))
    requests = ({"method": "PUT", "body": part.decode()} for part in content)
    sent = js.run(*(("fetch", url, request) for url, request in zip(urls, requests, strict=True)))
    assert [part["status"] for part in sent] == [200, 200]
    parts = [{"PartNumber": n, "ETag": part["headers"]["etag"]} for n, part in enumerate(sent, 1)]
    done, got = js.run(
        ("CompleteMultipartUpload", {**upload, "MultipartUpload": {"Parts": parts}}),
        ("GetObject", at),
    )
    assert done["ETag"].endswith('-2"')
    assert body_of(got) == b"".join(content)


def test_a_presigned_post(js: AwsSdkJs, s3_bucket: str) -> None:
    bounded, plain = js.run(
        (
            "createPresignedPost",
            {
                "Bucket": s3_bucket,
                "Key": "in/${filename}",
                "Conditions": [["content-length-range", 1, 10], {"acl": "public-read"}],
                "Fields": {"acl": "public-read", "success_action_status": "201"},
                "Expires": 600,
            },
        ),
        ("createPresignedPost", {"Bucket": s3_bucket, "Key": "a.txt"}),
    )
    assert bounded["fields"]["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    done, too_large, named, extra, read = js.run(
        ("fetchForm", bounded, b"0123456789", "é b.txt"),
        ("fetchForm", bounded, b"eleven byte", "b.txt"),
        ("fetchForm", plain, b"letter", "whatever.txt"),
        (
            "fetchForm",
            {**plain, "fields": {"acl": "public-read", **plain["fields"]}},
            b"letter",
            "a.txt",
        ),
        ("fetch", f"{bounded['url']}/in/é b.txt"),
    )
    assert done["status"] == 201, done
    assert "<Key>in/é b.txt</Key>" in done["body"]
    assert "<Code>EntityTooLarge</Code>" in too_large["body"]
    assert (named["status"], named["body"]) == (204, "")
    assert "Extra input fields: acl" in extra["body"]
    assert (read["status"], read["body"]) == (200, "0123456789")
    (got,) = js.run(("GetObject", {"Bucket": s3_bucket, "Key": "a.txt"}))
    assert body_of(got) == b"letter"


def test_refusals(store: S3Store, js: AwsSdkJs, s3_bucket: str) -> None:
    missing, head, no_bucket, taken, full = js.run(
        ("GetObject", {"Bucket": s3_bucket, "Key": "nothing"}),
        ("HeadObject", {"Bucket": s3_bucket, "Key": "nothing"}),
        ("ListObjectsV2", {"Bucket": f"{s3_bucket}-nobody-made-it"}),
        ("PutObject", {"Bucket": s3_bucket, "Key": "a", "Body": "x"}),
        ("DeleteBucket", {"Bucket": s3_bucket}),
    )
    assert (missing["name"], missing["status"]) == ("NoSuchKey", 404)
    assert missing["message"] == "The specified key does not exist."
    assert missing["requestId"]
    assert (head["name"], head["status"]) == ("NotFound", 404)
    assert (no_bucket["name"], no_bucket["status"]) == ("NoSuchBucket", 404)
    assert taken["status"] == 200
    assert (full["name"], full["status"]) == ("BucketNotEmpty", 409)
    for key, code in (
        (Credentials(store.key.access_key_id, "wrong"), "SignatureDoesNotMatch"),
        (Credentials("nobody", "wrong"), "InvalidAccessKeyId"),
    ):
        (refused,) = AwsSdkJs(store, key).run(("PutObject", {"Bucket": s3_bucket, "Key": "a"}))
        assert (refused["name"], refused["status"]) == (code, 403)
