"""Excerpts of a client's text for error answers, which must stay short.

oss2 reads 4,096 bytes of an error document and no more; a longer one is lost on it. So whatever
a policy or a form brings into a message is cut, and the cut counts what the XML will take.
"""

from __future__ import annotations

from itertools import accumulate, takewhile

#: Bytes that one excerpt may take in the XML. A refusal holds at most four of them.
MAX_EXCERPT_SIZE = 600

_ELLIPSIS = "…"
_ELLIPSIS_SIZE = 3
_ESCAPED = frozenset("&<>\"'")
#: The longest of `&quot;`, `&apos;`, and `&#x1f;` or the like for a control character.
_ESCAPED_SIZE = 6


def excerpt(text: str) -> str:
    """`text` if it takes at most 600 bytes as escaped XML, else its beginning and an ellipsis."""
    if _length_within(text, MAX_EXCERPT_SIZE) == len(text):
        return text
    return text[: _length_within(text, MAX_EXCERPT_SIZE - _ELLIPSIS_SIZE)] + _ELLIPSIS


def _length_within(text: str, size: int) -> int:
    """How many characters of `text` fit into `size` bytes of XML; looks no further than that."""
    return sum(1 for _ in takewhile(size.__ge__, accumulate(map(_size_in_xml, text))))


def _size_in_xml(character: str) -> int:
    """Bytes that a character takes in an XML text at most."""
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0 or character in _ESCAPED:
        return _ESCAPED_SIZE
    return len(character.encode(errors="surrogatepass"))
