from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest

from pillarbox.server.body import Body
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.tree import local_name, text_of
from tests.refusing import refused
from tests.server.requests import Pairs, piece, receiver, request


def read(document: bytes, headers: Pairs = (), max_size: int = 1000) -> Element | None:
    body = Body(receiver(piece(document, more=False)), len(document), empty=not document)
    whole = replace(request("PUT", headers=headers), body=body)
    return asyncio.run(read_xml_body(whole, "Rules", max_size))


def test_a_document() -> None:
    for start in (b"<Rules>", b"\xef\xbb\xbf<Rules>", b'<Rules xmlns="http://a.example">'):
        root = read(start + "<Rule> é\n</Rule></Rules>".encode())
        assert root is not None
        assert [(local_name(child), text_of(child)) for child in root] == [("Rule", "é")]


@pytest.mark.parametrize("document", [b"", b" \r\n"])
def test_no_document(document: bytes) -> None:
    assert read(document) is None


@pytest.mark.parametrize(
    "document",
    [
        b"<Rules>",
        b"<Other/>",
        b"no XML",
        b"<!DOCTYPE Rules><Rules/>",
        b"<Rules>\xff</Rules>",
    ],
)
def test_documents_that_are_refused(document: bytes) -> None:
    with refused("MalformedXML"):
        read(document)


def test_the_size_is_bounded() -> None:
    assert read(b"<Rules/>", max_size=8) is not None
    with refused("MalformedXML"):
        read(b"<Rules/>", max_size=7)


def test_the_digest_is_checked() -> None:
    digest = base64.b64encode(hashlib.md5(b"<Rules/>").digest())
    assert read(b"<Rules/>", [(b"content-md5", digest)]) is not None
    for text in (b"<Rules />", b""):
        with refused("InvalidDigest"):
            read(text, [(b"content-md5", digest)])


def test_s3_has_a_code_of_its_own_for_another_digest() -> None:
    of_s3 = (b"x-amz-date", b"20300101T000000Z")
    digest = base64.b64encode(hashlib.md5(b"<Rules />").digest())
    with refused("BadDigest", 400, "The Content-MD5 you specified did not match what we received."):
        read(b"<Rules/>", [of_s3, (b"content-md5", digest)])
    with refused("InvalidDigest"):
        read(b"<Rules/>", [of_s3, (b"content-md5", b"")])
