"""Excerpts fit into an error document."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.policy.excerpt import MAX_EXCERPT_SIZE, excerpt


@pytest.mark.parametrize(
    ("character", "size"),
    [
        ("a", 1),
        (" ", 1),
        ("~", 1),
        ("\xa0", 2),
        ("é", 2),
        ("\u07ff", 2),
        ("\u0800", 3),
        ("用", 3),
        ("\uffff", 3),
        ("\ud800", 3),
        ("\U00010000", 4),
        ("😀", 4),
        ("&", 6),
        ("<", 6),
        (">", 6),
        ('"', 6),
        ("'", 6),
        ("\0", 6),
        ("\x1f", 6),
        ("\x7f", 6),
        ("\x9f", 6),
    ],
)
def test_the_cut_counts_what_xml_takes(character: str, size: int) -> None:
    fitting = MAX_EXCERPT_SIZE // size
    assert excerpt(character * fitting) == character * fitting
    assert excerpt(character * (fitting + 1)) == character * ((MAX_EXCERPT_SIZE - 3) // size) + "…"


def test_a_text_that_fits_is_left_alone() -> None:
    assert MAX_EXCERPT_SIZE == 600
    assert excerpt("") == ""
    assert excerpt("a" * 600) == "a" * 600
    assert excerpt("a" * 601) == "a" * 597 + "…"
    assert excerpt("a" * 594 + "&") == "a" * 594 + "&"
    assert excerpt("a" * 595 + "&") == "a" * 595 + "…"


@given(st.text(max_size=700))
def test_an_excerpt_fits_as_xml(text: str) -> None:
    cut = excerpt(text)
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
    quoted = quoteattr(cut)[1:-1]
    assert len(quoted.encode("utf-8", "surrogatepass")) <= MAX_EXCERPT_SIZE
