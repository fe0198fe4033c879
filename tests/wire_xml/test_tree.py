from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.wire_xml.tree import local_name, read_document, text_of, write_document


def test_a_document_is_written() -> None:
    document = write_document(("A", [("B", "<x>"), ("C", [("D", "\x0b\r\n")]), ("E", [])]))
    assert document.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<A>\n  <B>&lt;x&gt;</B>\n  <C>\n    <D>\ufffd&#13;\n</D>\n  </C>\n  <E>\n  </E>\n</A>\n"
    )


@given(st.text())
def test_whatever_is_written_is_xml(text: str) -> None:
    root = read_document(write_document(("A", [("B", text)])))
    assert [local_name(child) for child in root] == ["B"]


def test_namespaces_and_blanks_count_for_nothing() -> None:
    for start in (b"<Rules>", b"\xef\xbb\xbf<Rules>", b'<Rules xmlns="http://a.example">'):
        root = read_document(start + "<Rule> é\n</Rule></Rules>".encode())
        assert local_name(root) == "Rules"
        assert [(local_name(child), text_of(child)) for child in root] == [("Rule", "é")]


def test_no_text_is_empty_text() -> None:
    assert text_of(fromstring("<Rules/>")) == ""


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<Rules>",
        b"no XML",
        b"<!DOCTYPE Rules><Rules/>",
        b'<!DOCTYPE Rules [<!ENTITY a SYSTEM "file:///etc/passwd">]><Rules>&a;</Rules>',
        b'<?xml version="1.0" encoding="no-such"?><Rules/>',
        b"<Rules>\xff</Rules>",
        b"<Rules>\0</Rules>",
    ],
)
def test_what_is_no_document(document: bytes) -> None:
    with pytest.raises(ValueError, match="no XML document"):
        read_document(document)


def test_depth_and_number_of_elements_are_bounded_beyond_any_need() -> None:
    assert len(list(read_document(b"<a>" * 16 + b"</a>" * 16).iter())) == 16
    assert len(read_document(b"<a>" + b"<b/>" * 49_999 + b"</a>")) == 49_999
    for flood in (b"<a>" * 17 + b"</a>" * 17, b"<a>" + b"<b/>" * 50_000 + b"</a>"):
        with pytest.raises(ValueError, match="too many elements or too deep ones"):
            read_document(flood)
