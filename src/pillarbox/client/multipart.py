"""Multipart uploads of one object, request by request (OSS: "InitiateMultipartUpload", …)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from pillarbox.client.address import Address
from pillarbox.client.answer import Answer
from pillarbox.client.connection import Connection, Sent
from pillarbox.client.objects import copy_source, crc64_of
from pillarbox.client.request import Request
from pillarbox.wire_xml.tree import local_name, text_of, write_document

#: "UploadPart", "CompleteMultipartUpload": parts are numbered 1 to 10,000 and have at least 100 KB
#: but the last.
MAX_PARTS = 10_000
MIN_PART_SIZE = 100 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """A part that the store holds.

    Attributes:
        etag: in double quotes, as it came: the MD5 of its bytes.
        size: bytes.
        crc64: None if the store doesn't tell.
    """

    number: int
    etag: str
    size: int
    crc64: int | None


class MultipartUploads:
    """The multipart uploads that make one object. Raises what `Connection.send` does.

    Attributes:
        target: the object.
    """

    def __init__(self, connection: Connection, target: Address) -> None:
        self._connection = connection
        self.target = target

    def initiate(self, headers: Mapping[str, str]) -> str:
        """Begin one; gives its upload id.

        Args:
            headers: of the object, such as Content-Type.
        """
        answer = self._send("POST", {"uploads": ""}, headers)
        upload_id = answer.document("InitiateMultipartUploadResult").findtext("UploadId")
        if not upload_id:
            raise answer.foreign("a multipart upload without an id")
        return upload_id.strip()

    def put(self, upload_id: str, number: int, body: bytes, sent: Sent | None = None) -> Part:
        """Send a part in place of any that has this number."""
        query = {"partNumber": str(number), "uploadId": upload_id}
        request = Request("PUT", self.target.bucket, self.target.key, query, {}, body)
        answer = self._connection.ask(request, sent)
        if "etag" not in answer.headers:
            raise answer.foreign("a part without an ETag")
        return Part(number, answer.headers["etag"], len(body), crc64_of(answer))

    def copy(
        self, upload_id: str, number: int, source: Address, etag: str, first: int, size: int
    ) -> Part:
        """Have the store copy a part from `size` bytes of `source`, which must have this ETag."""
        headers = {
            "x-oss-copy-source": copy_source(source),
            "x-oss-copy-source-range": f"bytes={first}-{first + size - 1}",
            "x-oss-copy-source-if-match": etag,
        }
        answer = self._send("PUT", {"partNumber": str(number), "uploadId": upload_id}, headers)
        found = answer.document("CopyPartResult").findtext("ETag")
        if not found:
            raise answer.foreign("a part without an ETag")
        return Part(number, found.strip(), size, None)

    def parts(self, upload_id: str) -> Iterator[Part]:
        """The parts that are there, by number, however many requests that takes."""
        query = {"uploadId": upload_id, "max-parts": "1000"}
        while True:
            answer = self._send("GET", query, {})
            root = answer.document("ListPartsResult")
            texts = {local_name(child): text_of(child) for child in root}
            for child in root:
                if local_name(child) == "Part":
                    yield _part(answer, {local_name(item): text_of(item) for item in child})
            if texts.get("IsTruncated") != "true":
                return
            marker = texts.get("NextPartNumberMarker", "")
            if not marker.isdecimal() or int(marker) <= int(query.get("part-number-marker", "0")):
                raise answer.foreign("a listing that does not go on")
            query["part-number-marker"] = marker

    def complete(
        self, upload_id: str, parts: Sequence[Part], headers: Mapping[str, str]
    ) -> int | None:
        """Make the object of its parts; gives the CRC-64 of the whole if the store tells it.

        Args:
            headers: further ones, such as `x-oss-forbid-overwrite`.
        """
        document = write_document(
            (
                "CompleteMultipartUpload",
                [
                    ("Part", [("PartNumber", str(part.number)), ("ETag", part.etag)])
                    for part in sorted(parts, key=lambda part: part.number)
                ],
            )
        )
        answer = self._send("POST", {"uploadId": upload_id}, headers, document)
        answer.document("CompleteMultipartUploadResult")
        return crc64_of(answer)

    def abort(self, upload_id: str) -> None:
        """Drop one and its parts."""
        self._send("DELETE", {"uploadId": upload_id}, {})

    def _send(
        self,
        method: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        document: bytes | None = None,
    ) -> Answer:
        return self._connection.send(
            method,
            self.target.bucket,
            query,
            key=self.target.key,
            headers=headers,
            document=document,
        )


def _part(answer: Answer, texts: Mapping[str, str]) -> Part:
    crc = texts.get("HashCrc64ecma", "")
    try:
        return Part(
            int(texts["PartNumber"]),
            unquote(texts["ETag"]),
            int(texts["Size"]),
            int(crc) if crc else None,
        )
    except (KeyError, ValueError):
        raise answer.foreign("a part without number, ETag or size") from None
