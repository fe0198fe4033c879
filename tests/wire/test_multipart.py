"""Uploads in parts over bare sockets: answers, refusals, lists, rights, callbacks."""

from __future__ import annotations

import base64
import hashlib
from xml.etree.ElementTree import Element, fromstring

import pytest
from fastcrc import crc64

from tests.wire.raw_http import RawAnswer
from tests.wire.rest import PRIVATE, WRITE, Caller, Headers, bucket, caller

__all__ = ["bucket", "caller"]

PART = b"0123456789" * 10_240  # 100 KiB


class Upload:
    """One upload of the key `k`."""

    def __init__(self, caller: Caller, bucket: str, headers: Headers | None = None) -> None:
        self.caller = caller
        self.place = f"/{bucket}/k"
        begun = caller.signed(
            "POST", self.place, headers, query="uploads", resource=f"{self.place}?uploads"
        )
        assert begun.status == 200, begun.body
        root = fromstring(begun.body)
        assert root.tag == "InitiateMultipartUploadResult"
        assert (root.findtext("Bucket"), root.findtext("Key")) == (bucket, "k")
        self.id = root.findtext("UploadId") or ""

    def put(self, number: int | str, body: bytes, headers: Headers | None = None) -> RawAnswer:
        query = f"partNumber={number}&uploadId={self.id}"
        return self.caller.signed("PUT", self.place, headers, body, query, f"{self.place}?{query}")

    def send(
        self, method: str, body: bytes = b"", headers: Headers | None = None, more: str = ""
    ) -> RawAnswer:
        query = f"uploadId={self.id}"
        return self.caller.signed(
            method, self.place, headers, body, query + more, f"{self.place}?{query}"
        )

    def complete(self, *parts: tuple[int, bytes], headers: Headers | None = None) -> RawAnswer:
        return self.send("POST", listed(*parts), headers)


def listed(*parts: tuple[int, bytes]) -> bytes:
    lines = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag_of(content)}</ETag></Part>"
        for number, content in parts
    )
    return f"<CompleteMultipartUpload>{lines}</CompleteMultipartUpload>".encode()


def etag_of(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest().upper()}"'


def code(answer: RawAnswer) -> str:
    return fromstring(answer.body).findtext("Code") or ""


def texts(root: Element, *names: str) -> list[str | None]:
    return [root.findtext(name) for name in names]


def test_from_the_first_part_to_the_object(caller: Caller, bucket: str) -> None:
    upload = Upload(caller, bucket, [(b"Content-Type", b"image/png"), (b"x-oss-meta-a", b"1")])
    assert len(upload.id) == 32
    first = upload.put(1, PART)
    assert first.status == 200
    assert first.header("etag") == etag_of(PART)
    assert first.header("x-oss-hash-crc64ecma") == str(crc64.xz(PART))
    assert first.header("content-md5") == base64.b64encode(hashlib.md5(PART).digest()).decode()
    upload.put(2, b"end")
    done = upload.complete((1, PART), (2, b"end"))
    assert done.status == 200, done.body
    root = fromstring(done.body)
    assert root.tag == "CompleteMultipartUploadResult"
    etag = root.findtext("ETag") or ""
    assert etag.endswith('-2"')
    assert texts(root, "Bucket", "Key") == [bucket, "k"]
    assert (root.findtext("Location") or "").endswith(f"/{bucket}/k")
    assert done.header("x-oss-hash-crc64ecma") == str(crc64.xz(PART + b"end"))
    assert done.header("etag") == etag
    read = caller.signed("GET", upload.place)
    assert read.body == PART + b"end"
    assert read.header("etag") == etag
    assert read.header("x-oss-object-type") == "Multipart"
    assert read.header("content-type") == "image/png"
    assert read.header("x-oss-meta-a") == "1"
    assert read.header("content-md5") is None
    part = caller.signed("GET", upload.place, [(b"Range", b"bytes=102398-102401")])
    assert (part.status, part.body) == (206, (PART + b"end")[102398:102402])
    assert code(upload.complete((1, PART))) == "NoSuchUpload"


def test_all_parts_without_a_list(caller: Caller, bucket: str) -> None:
    upload = Upload(caller, bucket)
    upload.put(5, PART)
    upload.put(7, b"end")
    everything: Headers = [(b"x-oss-complete-all", b"yes")]
    both = upload.complete((5, PART), headers=everything)
    assert (both.status, code(both)) == (400, "InvalidArgument")
    assert b"Should not speficy both complete all header and http body." in both.body
    assert fromstring(both.body).findtext("EC") == "0042-00000216"
    assert upload.send("POST", headers=everything).status == 200
    assert caller.signed("GET", upload.place).body == PART + b"end"


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (b"", 400, "MalformedXML"),
        (b"<CompleteMultipartUpload/>", 400, "MalformedXML"),
        (b"<CompleteMultipartUpload><Part/></CompleteMultipartUpload>", 400, "MalformedXML"),
        (b"<Complete/>", 400, "MalformedXML"),
        (b"<CompleteMultipartUpload>", 400, "MalformedXML"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><CompleteMultipartUpload/>', 400, "MalformedXML"),
        (b" " * (2 << 20) + b"<CompleteMultipartUpload/>", 400, "MalformedXML"),
        (listed((2, b"end"), (1, PART)), 400, "InvalidPartOrder"),
        (listed((1, PART), (1, PART)), 400, "InvalidPartOrder"),
        (listed((0, PART)), 400, "InvalidArgument"),
        (listed((10001, PART)), 400, "InvalidArgument"),
        (listed((1, PART), (3, PART)), 400, "InvalidPart"),
        (listed((1, b"other")), 400, "InvalidPart"),
        (listed((2, b"end"), (4, PART)), 400, "EntityTooSmall"),
    ],
)
def test_what_completes_nothing(
    caller: Caller, bucket: str, body: bytes, status: int, name: str
) -> None:
    upload = Upload(caller, bucket)
    for number, content in ((1, PART), (2, b"end"), (4, PART)):
        upload.put(number, content)
    refused = upload.send("POST", body)
    assert (refused.status, code(refused)) == (status, name)
    assert not caller.exists(bucket, "k")
    assert upload.complete((1, PART), (2, b"end")).status == 200


@pytest.mark.parametrize("number", ["0", "10001", "-1", "x", "1.5", "٣"])
def test_a_number_that_no_part_has(caller: Caller, bucket: str, number: str) -> None:
    refused = Upload(caller, bucket).put(number, b"x")
    assert (refused.status, code(refused)) == (400, "InvalidArgument")
    assert b"Part number must be an integer between 1 and 10000, inclusive." in refused.body


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ((b"Content-MD5", base64.b64encode(b"0" * 16)), "InvalidDigest"),
        ((b"Content-MD5", b"x"), "InvalidDigest"),
        ((b"x-oss-hash-crc64ecma", b"1"), "InvalidCRC64"),
        ((b"x-oss-server-side-encryption", b"AES256"), "InvalidArgument"),
    ],
)
def test_a_part_that_is_not_what_it_says(
    caller: Caller, bucket: str, header: tuple[bytes, bytes], name: str
) -> None:
    upload = Upload(caller, bucket)
    upload.put(1, PART)
    refused = upload.put(1, b"other", [header])
    assert (refused.status, code(refused)) == (400, name)
    assert upload.complete((1, PART)).status == 200


def test_what_is_not_there(caller: Caller, bucket: str) -> None:
    upload = Upload(caller, bucket)
    upload.id = "0" * 32
    for answer in (
        upload.put(1, b"x"),
        upload.complete((1, b"x")),
        upload.send("GET"),
        upload.send("DELETE"),
    ):
        assert (answer.status, code(answer)) == (404, "NoSuchUpload")
        assert fromstring(answer.body).findtext("EC") == "0042-00000002"


def test_an_aborted_upload_is_gone(caller: Caller, bucket: str) -> None:
    upload = Upload(caller, bucket)
    upload.put(1, PART)
    assert upload.send("DELETE").status == 204
    assert code(upload.complete((1, PART))) == "NoSuchUpload"
    assert not caller.exists(bucket, "k")


def test_overwriting_can_be_forbidden_at_both_ends(caller: Caller, bucket: str) -> None:
    upload = Upload(caller, bucket)
    upload.put(1, PART)
    caller.put(bucket, "k", b"there")
    forbid: Headers = [(b"x-oss-forbid-overwrite", b"true")]
    refused = upload.complete((1, PART), headers=forbid)
    assert (refused.status, code(refused)) == (409, "FileAlreadyExists")
    begun = caller.signed(
        "POST", upload.place, forbid, query="uploads", resource=f"{upload.place}?uploads"
    )
    assert code(begun) == "FileAlreadyExists"
    assert caller.signed("GET", upload.place).body == b"there"
    assert upload.complete((1, PART)).status == 200


def test_pages_of_parts(caller: Caller, bucket: str) -> None:
    upload = Upload(caller, bucket)
    empty = fromstring(upload.send("GET").body)
    assert texts(empty, "IsTruncated", "NextPartNumberMarker") == ["false", "0"]
    for number in (1, 3, 10_000):
        upload.put(number, b"%d" % number)
    page = fromstring(upload.send("GET", more="&max-parts=2").body)
    names = ("PartNumberMarker", "NextPartNumberMarker", "MaxParts", "IsTruncated")
    assert texts(page, *names) == ["0", "3", "2", "true"]
    assert [part.findtext("PartNumber") for part in page.iter("Part")] == ["1", "3"]
    assert page.findtext("Part/ETag") == etag_of(b"1")
    assert page.findtext("Part/HashCrc64ecma") == str(crc64.xz(b"1"))
    rest = fromstring(upload.send("GET", more="&part-number-marker=3").body)
    assert [part.findtext("PartNumber") for part in rest.iter("Part")] == ["10000"]
    assert rest.findtext("IsTruncated") == "false"
    for more in ("&max-parts=0", "&max-parts=1001", "&max-parts=x", "&part-number-marker=10001"):
        assert code(upload.send("GET", more=more)) == "InvalidArgument"


def test_pages_of_uploads(caller: Caller) -> None:
    bucket = caller.bucket()
    begun = []
    for key in ("a/1", "a/2", "b", "b", "ä"):
        place = f"/{bucket}/{key}"
        answer = caller.signed("POST", place, query="uploads", resource=f"{place}?uploads")
        begun.append((key, fromstring(answer.body).findtext("UploadId") or ""))

    def page(more: str = "") -> Element:
        place = f"/{bucket}/"
        return fromstring(
            caller.signed("GET", place, query=f"uploads{more}", resource=f"{place}?uploads").body
        )

    def found(root: Element) -> list[tuple[str, str]]:
        return [
            (one.findtext("Key") or "", one.findtext("UploadId") or "")
            for one in root.iter("Upload")
        ]

    everything = page()
    assert found(everything) == sorted(begun)
    assert texts(everything, "IsTruncated", "NextKeyMarker", "NextUploadIdMarker") == [
        "false",
        "",
        "",
    ]
    first = page("&max-uploads=3")
    key, upload_id = sorted(begun)[2]
    assert texts(first, "NextKeyMarker", "NextUploadIdMarker") == [key, upload_id]
    second = page(f"&max-uploads=3&key-marker={key}&upload-id-marker={upload_id}")
    assert found(first) + found(second) == sorted(begun)
    grouped = page("&delimiter=/&encoding-type=url")
    assert [one.text for one in grouped.iter("Prefix")] == [None, "a%2F"]
    assert [key for key, _ in found(grouped)] == ["b", "b", "%C3%A4"]
    assert grouped.findtext("EncodingType") == "url"
    inside = page("&prefix=a/")
    assert [key for key, _ in found(inside)] == ["a/1", "a/2"]


def test_a_bucket_with_uploads_is_not_empty(caller: Caller) -> None:
    bucket = caller.bucket()
    upload = Upload(caller, bucket)
    assert code(caller.signed("DELETE", f"/{bucket}", resource=f"/{bucket}/")) == "BucketNotEmpty"
    upload.send("DELETE")
    assert caller.signed("DELETE", f"/{bucket}", resource=f"/{bucket}/").status == 204


class TestCopiedParts:
    def copy(self, upload: Upload, number: int, source: str, *headers: tuple[bytes, bytes]):  # type: ignore[no-untyped-def]
        return upload.put(number, b"", [(b"x-oss-copy-source", source.encode()), *headers])

    def test_whole_and_range(self, caller: Caller, bucket: str) -> None:
        caller.put(bucket, "src", PART + b"rest")
        upload = Upload(caller, bucket)
        copied = self.copy(upload, 1, f"/{bucket}/src")
        assert copied.status == 200, copied.body
        root = fromstring(copied.body)
        assert (root.tag, root.findtext("ETag")) == ("CopyPartResult", etag_of(PART + b"rest"))
        self.copy(upload, 2, f"/{bucket}/src", (b"x-oss-copy-source-range", b"bytes=102400-102403"))
        assert upload.complete((1, PART + b"rest"), (2, b"rest")).status == 200
        assert caller.signed("GET", upload.place).body == PART + b"restrest"

    @pytest.mark.parametrize(
        ("header", "name"),
        [
            ((b"x-oss-server-side-encryption", b"KMS"), "InvalidArgument"),
            ((b"x-oss-traffic-limit", b"819200"), "NotImplemented"),
        ],
    )
    def test_what_a_part_is_not_given(
        self, caller: Caller, bucket: str, header: tuple[bytes, bytes], name: str
    ) -> None:
        upload = Upload(caller, bucket)
        assert code(self.copy(upload, 1, f"/{bucket}/a", header)) == name
        assert b"<PartNumber>" not in upload.send("GET").body

    @pytest.mark.parametrize(
        "text", ["bytes=0-3", "bytes=2-1", "bytes=-1", "bytes=1-", "0-1", "bytes=0-1,2-2"]
    )
    def test_a_range_that_is_none(self, caller: Caller, bucket: str, text: str) -> None:
        refused = self.copy(
            Upload(caller, bucket),
            1,
            f"/{bucket}/a",  # three bytes
            (b"x-oss-copy-source-range", text.encode()),
        )
        assert (refused.status, code(refused)) == (400, "InvalidArgument")

    def test_conditions_and_what_is_not_there(self, caller: Caller, bucket: str) -> None:
        upload = Upload(caller, bucket)
        other = (b"x-oss-copy-source-if-match", b'"0"')
        assert self.copy(upload, 1, f"/{bucket}/a", other).status == 412
        same = (b"x-oss-copy-source-if-none-match", etag_of(b"old").encode())
        assert self.copy(upload, 1, f"/{bucket}/a", same).status == 304
        assert code(self.copy(upload, 1, f"/{bucket}/none")) == "NoSuchKey"
        assert code(self.copy(upload, 1, "/none-such/a")) == "NoSuchBucket"
        assert not list(fromstring(upload.send("GET").body).iter("Part"))


class TestRights:
    def test_anybody_in_a_private_bucket(self, caller: Caller, bucket: str) -> None:
        upload = Upload(caller, bucket)
        place = f"{upload.place}?uploadId={upload.id}"
        for method, target in (
            ("POST", f"{upload.place}?uploads"),
            ("PUT", f"{place}&partNumber=1"),
            ("POST", place),
            ("DELETE", place),
            ("GET", place),
            ("GET", f"/{bucket}?uploads"),
        ):
            answer = caller.plain(method, target, [(b"Content-Length", b"0")])
            assert (answer.status, code(answer)) == (403, "AccessDenied"), (method, target)

    def test_anybody_where_anybody_writes(self, caller: Caller) -> None:
        bucket = caller.bucket(WRITE)
        none: Headers = [(b"Content-Length", b"0")]
        begun = caller.plain("POST", f"/{bucket}/k?uploads", none)
        upload_id = fromstring(begun.body).findtext("UploadId")
        place = f"/{bucket}/k?uploadId={upload_id}"
        assert caller.plain("PUT", f"{place}&partNumber=1", none).status == 200
        assert code(caller.plain("GET", place)) == "AccessDenied"
        assert code(caller.plain("DELETE", place)) == "AccessDenied"
        done = caller.plain("POST", place, [*none, (b"x-oss-complete-all", b"yes")])
        assert done.status == 200, done.body

    def test_a_bucket_that_was_closed_meanwhile(self, caller: Caller) -> None:
        bucket = caller.bucket(WRITE)
        none: Headers = [(b"Content-Length", b"0")]
        begun = caller.plain("POST", f"/{bucket}/k?uploads", none)
        upload_id = fromstring(begun.body).findtext("UploadId")
        place = f"/{bucket}/k?uploadId={upload_id}"
        caller.plain("PUT", f"{place}&partNumber=1", none)
        acl = [(b"x-oss-acl", PRIVATE.encode())]
        caller.signed("PUT", f"/{bucket}/", acl, query="acl", resource=f"/{bucket}/?acl")
        done = caller.plain("POST", place, [*none, (b"x-oss-complete-all", b"yes")])
        assert code(done) == "AccessDenied"


def test_a_part_with_a_number_alone_is_no_object(caller: Caller, bucket: str) -> None:
    """A half-named part must not be stored as the object itself."""
    place = f"/{bucket}/k"
    alone = caller.signed(
        "PUT", place, body=b"x", query="partNumber=1", resource=f"{place}?partNumber=1"
    )
    assert code(alone) == "NoSuchUpload"
    other = caller.signed(
        "PUT", place, body=b"x", query="uploadId=1", resource=f"{place}?uploadId=1"
    )
    assert (other.status, code(other)) == (501, "NotImplemented")
    assert not caller.exists(bucket, "k")
