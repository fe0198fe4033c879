"""Request bodies that are XML documents: read with bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.limits import KIB
from pillarbox.server.digests import read_whole
from pillarbox.server.request import Request
from pillarbox.wire_xml.tree import local_name, read_document

#: Larger documents are read in a thread, to keep the event loop idle.
_LONG = 64 * KIB

Reader = Callable[[bytes], Element]
"""Gives the root element of a document; ValueError if it can't be read."""


async def read_xml_body(
    request: Request, root_name: str, max_size: int, read: Reader = read_document
) -> Element | None:
    """The root element of a request's body, None for an empty body.

    Args:
        root_name: what the document must be, whatever its namespace.
        max_size: bytes.
        read: reads the document.

    Raises:
        Refusal: `MalformedXML` for another document, one that can't be read, or one that is too
            long; as of `read_whole`.
    """
    body = await read_whole(request, max_size, refusals.MALFORMED_XML())
    if not body.strip():
        return None
    try:
        root = await asyncio.to_thread(read, body) if len(body) > _LONG else read(body)
    except ValueError:
        raise refusals.MALFORMED_XML() from None
    if local_name(root) != root_name:
        raise refusals.MALFORMED_XML()
    return root
