"""What a store answered: bytes, the document that they are, or the refusal."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pillarbox.client.errors import ForeignAnswerError, RefusedError
from pillarbox.wire_xml.tree import local_name, read_document, text_of

_REQUEST_ID = "x-oss-request-id"
#: A refusal of HEAD, which has no body (OSS: "Error responses").
_HEAD_ERROR = "x-oss-err"

#: Children of an error document that have an attribute of their own, or say nothing.
_KNOWN = frozenset({"Code", "Message", "RequestId", "HostId", "EC", "RecommendDoc"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whole.

    Attributes:
        origin: scheme, host and port that gave it.
        headers: by their names in lower case.
    """

    origin: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def check(self) -> None:
        """Raise RefusedError or ForeignAnswerError unless a store says that all went well."""
        if 200 <= self.status < 300:
            # Else any web server would do as a store that has done what it was told.
            if _REQUEST_ID not in self.headers:
                raise self.foreign(f"it has no header {_REQUEST_ID}")
            return
        try:
            refusal = self._refusal()
        except ForeignAnswerError:
            if "location" in self.headers:
                raise self.foreign(f"it sends to {self.headers['location']}") from None
            raise
        raise refusal

    def document(self, root_name: str) -> Element:
        """The root element of the body, ForeignAnswerError if it isn't one of this name.

        Of a long operation that fails late a store may have said 200 already: RefusedError.
        """
        try:
            root = read_document(self.body)
        except ValueError as error:
            raise self.foreign(str(error)) from None
        if local_name(root) == "Error" != root_name:
            raise self._refusal()
        if local_name(root) != root_name:
            raise self.foreign(f"a document {local_name(root)} in place of {root_name}")
        return root

    def foreign(self, flaw: str) -> ForeignAnswerError:
        """The error that says what is wrong with this answer."""
        return ForeignAnswerError(self.origin, self.status, flaw)

    def _refusal(self) -> RefusedError:
        told = self._from_header() if not self.body and _HEAD_ERROR in self.headers else self
        texts = {local_name(child): text_of(child) for child in told.document("Error")}
        if not texts.get("Code"):
            raise self.foreign("an error document without Code")
        return RefusedError(
            self.status,
            texts["Code"],
            texts.get("Message", ""),
            texts.get("RequestId") or self.headers.get(_REQUEST_ID, ""),
            texts.get("EC") or self.headers.get("x-oss-ec", ""),
            {name: text for name, text in texts.items() if name not in _KNOWN},
        )

    def _from_header(self) -> Answer:
        """This answer with the document that its header holds."""
        try:
            body = base64.b64decode(self.headers[_HEAD_ERROR], validate=True)
        except (binascii.Error, ValueError):
            raise self.foreign(f"a header {_HEAD_ERROR} that is no base64") from None
        return Answer(self.origin, self.status, self.headers, body)


@dataclass(frozen=True, slots=True)
class ArrivingAnswer:
    """An answer whose body is still to be read.

    Attributes:
        origin: scheme, host and port that gives it.
        headers: by their names in lower case.
        pieces: the body as it comes.
    """

    origin: str
    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]

    def head(self) -> Answer:
        """The answer without its body."""
        return Answer(self.origin, self.status, self.headers, b"")

    def whole(self, limit: int) -> Answer:
        """The answer with its body, ForeignAnswerError if that has over `limit` bytes."""
        body = bytearray()
        for piece in self.pieces:
            body += piece
            if len(body) > limit:
                raise ForeignAnswerError(self.origin, self.status, f"over {limit} bytes")
        return Answer(self.origin, self.status, self.headers, bytes(body))
