from __future__ import annotations

import pytest

from pillarbox.model.referer import RefererConfiguration
from pillarbox.model.refusals import Refusal
from pillarbox.wire_xml.referer import read_referer, referer_node
from pillarbox.wire_xml.tree import read_document, write_document

WHOLE = RefererConfiguration(False, False, True, ("http://a", "*"), ("http://b",))


@pytest.mark.parametrize("rules", [RefererConfiguration(), WHOLE])
def test_what_is_written_is_read(rules: RefererConfiguration) -> None:
    assert read_referer(read_document(write_document(referer_node(rules)))) == rules


@pytest.mark.parametrize(
    "inner",
    [
        b"<Other/>",
        b"<AllowEmptyReferer>yes</AllowEmptyReferer>",
        b"<AllowEmptyReferer/>",
        b"<TruncatePath>true</TruncatePath><TruncatePath>true</TruncatePath>",
        b"<RefererList/><RefererList/>",
        b"<RefererList><Other>a</Other></RefererList>",
        b"<RefererList><Referer>a<b/></Referer></RefererList>",
    ],
)
def test_what_is_no_configuration(inner: bytes) -> None:
    root = read_document(b"<RefererConfiguration>" + inner + b"</RefererConfiguration>")
    with pytest.raises(Refusal, match="MalformedXML"):
        read_referer(root)
