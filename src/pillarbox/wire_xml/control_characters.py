"""Control characters in documents: XML 1.0 cannot hold them, but a key may.

SDKs send such keys all the same, in the bodies of DeleteMultipleObjects: SDK v2 as character
references (`&#01;`), oss2 and ali-oss as they are. Both are read here for what they mean; so is a
bare CR, of which a reader by the book would make LF (XML 1.0 section 2.11): another key.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from pillarbox.wire_xml.tree import read_document

#: A tag, the text between two, or a bracket that is no tag's: every byte belongs to one.
_TOKEN = re.compile(rb"<[^<>]*>|[^<>]+|[<>]")
#: As they are: C0 without HT, LF and CR; a CR without LF; U+FFFE and U+FFFF.
_RAW = rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\r(?!\n)|\xef\xbf[\xbe\xbf]"
_REFERENCE = rb"&#(?:x0*(?:1?[0-9a-fA-F]|[fF]{3}[eEfF])|0*(?:[12]?[0-9]|3[01]|6553[45]));"
_CONTROL = re.compile(_REFERENCE + rb"|" + _RAW)

#: One of these stands in for control characters while a document is read.
_STAND_INS = range(0xE000, 0xF900)
_STAND_IN_REFERENCE = rb"&#(?:x0*(?:[eE]|[fF][0-8])[0-9a-fA-F]{2,3}|0*(?:5[7-9]|6[0-3])[0-9]{3});"
_OTHER_ENCODING = rb"\A\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!(?i:utf-8)[\"'])"
_NOT_PLAIN = re.compile(rb"<!|" + _STAND_IN_REFERENCE + rb"|" + _OTHER_ENCODING)


def read_document_with_controls(text: bytes) -> Element:
    """As `read_document`; the texts of elements may hold control characters.

    Raises:
        ValueError: see `read_document`; also for control characters in a document that is not
            UTF-8, or has comments, CDATA sections or references to private use characters.
    """
    if not _CONTROL.search(text) or _NOT_PLAIN.search(text):
        return read_document(text)
    stand_in = next((chr(c) for c in _STAND_INS if chr(c).encode() not in text), None)
    if stand_in is None:
        return read_document(text)
    root = read_document(_marked(text, stand_in.encode()))
    for element in root.iter():
        if element.text and stand_in in element.text:
            element.text = re.sub(
                stand_in + "([0-9A-F]{4})", lambda match: chr(int(match[1], 16)), element.text
            )
    return root


def _marked(document: bytes, mark: bytes) -> bytes:
    """The document, each control character of a text as `mark` and four digits.

    Blanks around elements mean nothing, whatever their line ends; within one they are its text.
    """
    tokens = _TOKEN.findall(document)
    marked = []
    for before, token, after in zip([b"", *tokens], tokens, [*tokens[1:], b""], strict=False):
        if token.startswith(b"<") or not (token.strip(b" \t\r\n") or _is_element(before, after)):
            marked.append(token)
        else:
            marked.append(_CONTROL.sub(lambda match: mark + b"%04X" % _code(match[0]), token))
    return b"".join(marked)


def _is_element(before: bytes, after: bytes) -> bool:
    """Whether two tags are the ends of one element."""
    opens = before.startswith(b"<") and not before.startswith((b"</", b"<?", b"<!"))
    return opens and not before.endswith(b"/>") and after.startswith(b"</")


def _code(control: bytes) -> int:
    """The code point of a reference, or of the character itself."""
    if not control.startswith(b"&#"):
        return ord(control.decode("utf-8"))
    digits = control[2:-1]
    return int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
