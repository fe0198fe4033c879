from __future__ import annotations

from pillarbox.wire_xml.key_encoding import KeyEncoding

KEY = "a/ é+~\x01".encode()


def test_as_they_are() -> None:
    assert KeyEncoding().write(KEY) == "a/ é+~\x01"
    assert KeyEncoding().write(b"\xff") == "\ufffd"  # a prefix need not be UTF-8
    assert KeyEncoding().nodes() == []


def test_percent_encoded() -> None:
    encoding = KeyEncoding(is_url=True)
    assert encoding.write(KEY) == "a%2F%20%C3%A9%2B~%01"
    assert encoding.write(b"\xff") == "%FF"
    assert encoding.nodes() == [("EncodingType", "url")]
    assert KeyEncoding(is_url=True, keeps="/").write(KEY) == "a/%20%C3%A9%2B~%01"
