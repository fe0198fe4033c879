from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.cors import CorsConfiguration, CorsRule
from pillarbox.wire_xml.cors import cors_node, read_cors
from pillarbox.wire_xml.tree import read_document, write_document
from tests.refusing import refused

_TEXTS = st.lists(st.text("ab<&*:/.- ").map(str.strip), max_size=3).map(tuple)
_RULES = st.builds(
    CorsRule, _TEXTS, _TEXTS, _TEXTS, _TEXTS, st.none() | st.integers(0, 999_999_999)
)


@given(st.builds(CorsConfiguration, st.lists(_RULES, max_size=3).map(tuple), st.booleans()))
def test_what_is_written_is_read(configuration: CorsConfiguration) -> None:
    assert read_cors(read_document(write_document(cors_node(configuration)))) == configuration


def test_the_document_of_the_documentation() -> None:
    rule = CorsRule(("http://localhost:*",), ("POST", "GET"), ("*",), ("ETag",), 600)
    assert write_document(cors_node(CorsConfiguration((rule,)))).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<CORSConfiguration>\n"
        "  <CORSRule>\n"
        "    <AllowedOrigin>http://localhost:*</AllowedOrigin>\n"
        "    <AllowedMethod>POST</AllowedMethod>\n"
        "    <AllowedMethod>GET</AllowedMethod>\n"
        "    <AllowedHeader>*</AllowedHeader>\n"
        "    <ExposeHeader>ETag</ExposeHeader>\n"
        "    <MaxAgeSeconds>600</MaxAgeSeconds>\n"
        "  </CORSRule>\n"
        "  <ResponseVary>false</ResponseVary>\n"
        "</CORSConfiguration>\n"
    )


@pytest.mark.parametrize(
    "inner",
    [
        "<Rule/>",
        "<CORSRule><Origin>*</Origin></CORSRule>",
        "<CORSRule><MaxAgeSeconds>1</MaxAgeSeconds><MaxAgeSeconds>1</MaxAgeSeconds></CORSRule>",
        "<ResponseVary>maybe</ResponseVary>",
        "<ResponseVary>true</ResponseVary><ResponseVary>true</ResponseVary>",
    ],
)
def test_what_is_not_of_the_schema(inner: str) -> None:
    document = f"<CORSConfiguration>{inner}</CORSConfiguration>"
    with refused("MalformedXML"):
        read_cors(read_document(document.encode()))


def test_an_age_that_is_no_number() -> None:
    document = b"<C><CORSRule><MaxAgeSeconds>soon</MaxAgeSeconds></CORSRule></C>"
    with refused("InvalidArgument", ArgumentName="MaxAgeSeconds", ArgumentValue="soon"):
        read_cors(read_document(document))
