"""The objects of a store, from outside (OSS: "HeadObject", "DeleteObject", "CopyObject", …)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import quote

from pillarbox.client.address import Address
from pillarbox.client.answer import Answer
from pillarbox.client.connection import Connection
from pillarbox.client.errors import DamagedError, RefusedError
from pillarbox.model.timestamps import parse_http_date
from pillarbox.wire_xml.tree import is_xml_text, write_document

#: "DeleteMultipleObjects": keys in one request.
MAX_DELETED = 1000


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What the headers of an answer tell about an object.

    Attributes:
        size: bytes.
        etag: in double quotes, as it came.
        modified: aware, UTC.
        crc64: of all its bytes, None if the store doesn't tell.
        headers: all of the answer's, by their names in lower case.
    """

    size: int
    etag: str
    modified: datetime
    crc64: int | None
    headers: Mapping[str, str]

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Of an answer to HEAD or GET; ForeignAnswerError if it tells no size, ETag or date."""
        headers = answer.headers
        length = headers.get("content-range", "").rpartition("/")[2] or headers.get(
            "content-length", ""
        )
        modified = parse_http_date(headers.get("last-modified", ""))
        if not length.isdecimal() or modified is None or "etag" not in headers:
            raise answer.foreign("an object without length, ETag or date")
        return cls(int(length), headers["etag"], modified, crc64_of(answer), headers)


def crc64_of(answer: Answer) -> int | None:
    """The CRC-64 that an answer tells, None if it doesn't."""
    text = answer.headers.get("x-oss-hash-crc64ecma", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise answer.foreign(f"the CRC-64 {text[:40]!r}")
    return int(text)


def check_crc64(address: Address, told: int | None, own: int) -> None:
    """DamagedError if the store tells another CRC-64 than was counted here."""
    if told is not None and told != own:
        raise DamagedError(str(address), f"its CRC-64 is {told} in the store and {own} here")


class Objects:
    """The objects of one store. Each method sends requests and raises what `Connection.send` does.

    What a store answers in a way that can't be understood is a ForeignAnswerError.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def head(self, address: Address) -> ObjectFacts:
        """What is known about an object."""
        return ObjectFacts.of(self._connection.send("HEAD", address.bucket, key=address.key))

    def find(self, address: Address) -> ObjectFacts | None:
        """The same, None if there is no such object."""
        try:
            return self.head(address)
        except RefusedError as refused:
            if refused.code == "NoSuchKey":
                return None
            raise

    def acl(self, address: Address) -> str:
        """The ACL of an object; `default` where it has that of its bucket."""
        answer = self._connection.send("GET", address.bucket, {"acl": ""}, key=address.key)
        root = answer.document("AccessControlPolicy")
        grant = root.findtext("./AccessControlList/Grant")
        if not grant:
            raise answer.foreign("no ACL of an object")
        return grant

    def copy(self, source: Address, target: Address, headers: Mapping[str, str]) -> None:
        """Copy an object within the store.

        Args:
            headers: further ones, such as `x-oss-copy-source-if-match`.
        """
        own = {"x-oss-copy-source": copy_source(source), **headers}
        answer = self._connection.send("PUT", target.bucket, key=target.key, headers=own)
        # A copy that fails late is told in the body of a 200, as S3 does.
        answer.document("CopyObjectResult")

    def delete(self, address: Address) -> None:
        """Remove an object; there may be none."""
        self._connection.send("DELETE", address.bucket, key=address.key)

    def delete_many(self, bucket: str, keys: Sequence[str]) -> None:
        """Remove up to 1,000 objects, of which some may not be there."""
        in_document = [key for key in keys if is_xml_text(key)]
        if in_document and not self._delete_by_document(bucket, in_document):
            in_document = []
        kept = set(in_document)
        # A key that no XML document can hold goes by itself.
        self._delete_each(bucket, (key for key in keys if key not in kept))

    def _delete_by_document(self, bucket: str, keys: Sequence[str]) -> bool:
        document = write_document(
            ("Delete", [("Quiet", "true"), *(("Object", [("Key", key)]) for key in keys)])
        )
        try:
            self._connection.send("POST", bucket, {"delete": ""}, document=document)
        except RefusedError as refused:
            # Some that speak OSS can't do that.
            if refused.code == "NotImplemented":
                return False
            raise
        return True

    def _delete_each(self, bucket: str, keys: Iterable[str]) -> None:
        for key in keys:
            self.delete(Address(bucket, key))


def copy_source(source: Address) -> str:
    """The value of `x-oss-copy-source`."""
    return f"/{source.bucket}/{quote(source.key, safe='')}"
