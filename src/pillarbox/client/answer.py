"""What a store answered: bytes, the document that they are, or the refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pillarbox.client.errors import ForeignAnswerError, RefusedError
from pillarbox.wire_xml.tree import local_name, read_document, text_of

_REQUEST_ID = "x-oss-request-id"

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
        """The root element of the body, ForeignAnswerError if it isn't one of this name."""
        try:
            root = read_document(self.body)
        except ValueError as error:
            raise self.foreign(str(error)) from None
        if local_name(root) != root_name:
            raise self.foreign(f"a document {local_name(root)} in place of {root_name}")
        return root

    def foreign(self, flaw: str) -> ForeignAnswerError:
        """The error that says what is wrong with this answer."""
        return ForeignAnswerError(self.origin, self.status, flaw)

    def _refusal(self) -> RefusedError:
        texts = {local_name(child): text_of(child) for child in self.document("Error")}
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
