from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.wire_xml.control_characters import read_document_with_controls
from pillarbox.wire_xml.tree import read_document


def key_of(text: bytes) -> str | None:
    return read_document_with_controls(b"<A>\r\n <B>" + text + b"</B>\r\n</A>").findtext("B")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (b"plain", "plain"),
        (b"&#01;", "\x01"),
        (b"a&#x1F;b&#0;", "a\x1fb\0"),
        (b"a\x01b\x00", "a\x01b\0"),
        (b"\x1fAB12", "\x1fAB12"),
        (b"&#xFFFE;\xef\xbf\xbf&#65535;", "\ufffe\uffff\uffff"),
        (b"a\rb", "a\rb"),
        (b"a\r\nb", "a\nb"),
        (b"a\x01\r\nb", "a\x01\nb"),
        (b"&#13;&#10;&#9;", "\r\n\t"),
        (b"&amp;#1;\x02", "&#1;\x02"),
        ("\ue000&#1;\ue001".encode(), "\ue000\x01\ue001"),
        (b" \x01 ", " \x01 "),
        (b"\r", "\r"),
        (b"&#128;", "\x80"),
    ],
)
def test_texts_mean_what_their_senders_mean(text: bytes, key: str) -> None:
    assert key_of(text) == key


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n<>&\t "), min_size=1))
def test_any_key_as_it_is(key: str) -> None:
    assert key_of(key.encode()) == key


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1))
def test_any_key_as_sdk_v2_writes_it(key: str) -> None:
    def written(character: str) -> str:
        return f"&#{ord(character):02d};" if character < " " or character in "&<>" else character

    assert key_of("".join(map(written, key)).encode()) == key


@pytest.mark.parametrize(
    "document",
    [
        b"<A><B\x01>x</B></A>",
        b"<<A><B>\x01</B></A>",
        b"<A><B>\x01</B></A",
        b"<A><B>\x01</B></A>>",
        b"<A\x01/>",
        b"\x01<A/>",
        b"<A/>\x01",
        b"<A><![CDATA[&#1;]]>&#1;</A>",
        b"<A><!-- --><B>&#1;</B></A>",
        b"<A><B>&#xE000;0001&#1;</B></A>",
        b"<A><B>&#57344;0001\x01</B></A>",
        b'<?xml version="1.0" encoding="latin-1"?><A><B>\x01</B></A>',
        b"<!DOCTYPE A><A><B>\x01</B></A>",
        b"<A><B>\xff\x01</B></A>",
        "<A><B>\x01</B></A>".encode("utf-16"),
        b"",
    ],
)
def test_what_is_no_document(document: bytes) -> None:
    with pytest.raises(ValueError, match="no XML document"):
        read_document_with_controls(document)


@pytest.mark.parametrize(
    "document",
    [
        b"<A><!-- x --><B><![CDATA[<a>]]></B></A>",
        b'<?xml version="1.0" encoding="latin-1"?><A><B>\xe9</B></A>',
        b'<?xml version="1.0" encoding="utf-8"?><A>\r<B>x</B>\r</A>',
        b"<A><B>&#xE000;</B></A>",
    ],
)
def test_documents_without_are_read_as_ever(document: bytes) -> None:
    assert read_document_with_controls(document).findtext("B") == read_document(document).findtext(
        "B"
    )


def test_a_document_with_every_stand_in_is_read_as_ever() -> None:
    everything = "".join(map(chr, range(0xE000, 0xF900))).encode()
    with pytest.raises(ValueError, match="no XML document"):
        key_of(everything + b"\x01")
