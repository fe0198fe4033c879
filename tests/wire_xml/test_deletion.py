from __future__ import annotations

import pytest

from pillarbox.wire_xml.deletion import Deletion, deletion_node, read_deletion
from pillarbox.wire_xml.key_encoding import KeyEncoding
from pillarbox.wire_xml.tree import read_document, write_document
from tests.refusing import refused

ONE = b"<Object><Key>k</Key></Object>"


def deletion(inner: bytes) -> Deletion:
    return read_deletion(read_document(b"<Delete>" + inner + b"</Delete>"))


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (ONE, Deletion(("k",), versions=(None,))),
        (b"<Quiet>true</Quiet>" + ONE, Deletion(("k",), quiet=True, versions=(None,))),
        (ONE + b"<Quiet> False\n</Quiet>", Deletion(("k",), versions=(None,))),
        (ONE * 2, Deletion(("k", "k"), versions=(None, None))),
        (b"<Object><Key> a\n</Key></Object>", Deletion((" a\n",), versions=(None,))),
        (b"<Object><Key/></Object>", Deletion(("",), versions=(None,))),
    ],
)
def test_what_is_asked_for(inner: bytes, expected: Deletion) -> None:
    assert deletion(inner) == expected


@pytest.mark.parametrize(
    "inner",
    [
        b"",
        b"<Quiet>true</Quiet>",
        b"<Quiet>perhaps</Quiet>" + ONE,
        b"<Quiet/>" + ONE,
        b"<Quiet>true</Quiet>" * 2 + ONE,
        b"<Other/>" + ONE,
        b"<Object><Key>k</Key><Key>l</Key></Object>",
        b"<Object><Key>k</Key><Other/></Object>",
    ],
)
def test_another_schema(inner: bytes) -> None:
    with refused("MalformedXML"):
        deletion(inner)


def test_a_thousand_keys_and_no_more() -> None:
    assert len(deletion(ONE * 1000).keys) == 1000
    with refused("MalformedXML"):
        deletion(ONE * 1001)


def test_an_object_without_a_key() -> None:
    with refused("MalformedXML", ec="0016-00000613"):
        deletion(ONE + b"<Object/>")


def test_versions_are_not_implemented() -> None:
    with refused("NotImplemented", 501):
        deletion(b"<Object><Key>k</Key><VersionId>v</VersionId></Object>")
    message = "Version id can not be the empty string."
    with refused("InvalidArgument", 400, message, ec="0016-00000612"):
        deletion(b"<Object><Key>k</Key><VersionId/></Object>")


def test_what_was_deleted() -> None:
    keys = ["é /".encode(), b"\x01"]
    root = read_document(write_document(deletion_node(keys, KeyEncoding())))
    assert [node.text for node in root.findall("Deleted/Key")] == ["é /", "\ufffd"]
    assert root.find("EncodingType") is None
    root = read_document(write_document(deletion_node(keys, KeyEncoding(is_url=True))))
    assert [node.text for node in root.findall("Deleted/Key")] == ["%C3%A9%20%2F", "%01"]
    assert root.findtext("EncodingType") == "url"
