"""How keys are written in a document: as they are, or percent-encoded (`encoding-type=url`)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from pillarbox.wire_xml.tree import Node


@dataclass(frozen=True, slots=True)
class KeyEncoding:
    """Writes keys, and what is made of them: prefixes, markers, delimiters.

    Attributes:
        is_url: percent-encoded; else as they are, which XML can't do with control characters.
        keeps: characters that percent-encoding leaves as they are.
    """

    is_url: bool = False
    keeps: str = ""

    def write(self, key: bytes) -> str:
        """The text of an element."""
        return quote(key, safe=self.keeps) if self.is_url else key.decode("utf-8", "replace")

    def nodes(self) -> list[Node]:
        """The element that tells the encoding; none for keys as they are."""
        return [("EncodingType", "url")] if self.is_url else []
