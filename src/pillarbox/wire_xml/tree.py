"""Trees of elements: written as documents in UTF-8, and read without entities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

#: No document of the protocol has as much of either; a flood of tags takes many times its size.
MAX_DEPTH = 16
MAX_ELEMENTS = 50_000

XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

Node = tuple[str, "str | Sequence[Node]"]
"""An element to be written: its name, with attributes behind it if it has any, and its text or its
children."""


def write_document(root: Node) -> bytes:
    """`root` as a document in UTF-8."""
    return (XML_DECLARATION + _element(root, 0)).encode("utf-8")


def read_document(text: bytes) -> Element:
    """The root element of a document.

    Raises:
        ValueError: it can't be read, declares a document type, or has too many elements or too
            deep ones.
    """
    parser = DefusedXMLParser(target=_BoundedBuilder(), forbid_dtd=True)
    try:
        parser.feed(text)
        root: Element = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        # LookupError: an encoding that nobody knows.
        raise ValueError(f"no XML document: {error}") from None
    return root


class _BoundedBuilder(TreeBuilder):
    """Builds a tree of bounded size."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise ValueError("it has too many elements or too deep ones")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def local_name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_of(element: Element) -> str:
    """An element's text without the blanks around it."""
    return (element.text or "").strip()


def is_xml_text(text: str) -> bool:
    """Whether a document can hold `text` as it is (XML 1.0, section 2.2)."""
    return _ILLEGAL.search(text) is None


def _element(node: Node, depth: int) -> str:
    name, content = node
    indent = "  " * depth
    if isinstance(content, str):
        return f"{indent}<{name}>{_escaped(content)}</{name.partition(' ')[0]}>\n"
    inner = "".join(_element(child, depth + 1) for child in content)
    return f"{indent}<{name}>\n{inner}{indent}</{name.partition(' ')[0]}>\n"


_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _escaped(text: str) -> str:
    """`text` without what XML 1.0 cannot hold (section 2.2), the rest as readers give it back.

    They turn a bare CR into LF (section 2.11), which would make another key of a key.
    """
    return escape(_ILLEGAL.sub("\ufffd", text), {"\r": "&#13;"})
