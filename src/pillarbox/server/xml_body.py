"""Request bodies that are XML documents: read with bounds, without entities."""

from __future__ import annotations

import hashlib
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from pillarbox.model import refusals
from pillarbox.server.digests import content_md5
from pillarbox.server.request import Request


async def read_xml_body(request: Request, root_name: str, max_size: int) -> Element | None:
    """The root element of a request's body, None for an empty body.

    Args:
        root_name: what the document must be, whatever its namespace.
        max_size: bytes.

    Raises:
        Refusal: `MalformedXML` for another document, one that can't be read, or one that is too
            long; `InvalidDigest` unless the body is what its Content-MD5 says.
    """
    expected_md5 = content_md5(request)
    body = await request.body.read_all(max_size, refusals.MALFORMED_XML())
    if expected_md5 not in (None, hashlib.md5(body, usedforsecurity=False).digest()):
        raise refusals.INVALID_DIGEST()
    if not body.strip():
        return None
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        # LookupError: an encoding that nobody knows.
        raise refusals.MALFORMED_XML() from None
    if local_name(root) != root_name:
        raise refusals.MALFORMED_XML()
    return root


def local_name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_of(element: Element) -> str:
    """An element's text without the blanks around it."""
    return (element.text or "").strip()
